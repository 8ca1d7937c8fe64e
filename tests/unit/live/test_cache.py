"""The cache, with readings that end when the test says so: writes here and elsewhere."""

import pytest
from msgspec.structs import replace
from tests.unit.live.parts import (
    ACCOUNT,
    OTHER,
    QUERY,
    Shelf,
    begin,
    edition,
    look,
    names,
    opened,
    pause,
    read,
    see,
)

from bridge.live.cache import Cache
from bridge.live.entries import ALL, Bounds
from bridge.live.held import Served


async def test_second_read_is_from_memory(cache: Cache, shelf: Shelf) -> None:
    first = await cache.get(ACCOUNT)

    assert (await cache.get(ACCOUNT)).snapshot is first.snapshot is cache.hot[QUERY]
    assert shelf.reads == 1


# A write of this process.


async def test_read_after_own_write_does_not_take_what_was_read_before_it(
    cache: Cache, shelf: Shelf
) -> None:
    shelf.is_held = True
    early = begin(read(cache))
    await shelf.until_held()
    shelf.editions[ACCOUNT] = edition(2)
    cache.touch({ACCOUNT})
    late = begin(read(cache))
    await pause()

    shelf.release()
    assert await early == b"1.a"
    assert not late.done()
    assert QUERY not in cache.hot
    await shelf.until_held()
    shelf.release()

    assert await late == b"2.a"
    assert names(cache.hot[QUERY]) == b"2.a"
    assert shelf.reads == 2


async def test_writes_without_end_do_not_hold_a_reader(cache: Cache, shelf: Shelf) -> None:
    shelf.is_held = True
    early = begin(read(cache))
    await shelf.until_held()
    shelf.editions[ACCOUNT] = edition(2)
    cache.touch({ACCOUNT})
    reader = begin(read(cache))
    await pause()
    shelf.release()
    await early
    await shelf.until_held()
    shelf.editions[ACCOUNT] = edition(3)
    cache.touch({ACCOUNT})

    shelf.release()

    assert await reader == b"2.a"
    assert QUERY not in cache.hot


async def test_own_write_makes_the_list_of_all_old_too(cache: Cache, shelf: Shelf) -> None:
    shelf.editions[ALL] = edition(0, "", "before")
    assert await read(cache, ALL) == b"before"

    shelf.editions[ALL] = edition(0, "", "after")
    assert await read(cache, ALL) == b"before"
    cache.touch({OTHER})

    assert await read(cache, ALL) == b"after"


async def test_own_write_of_another_account_changes_nothing_here(
    cache: Cache, shelf: Shelf
) -> None:
    await read(cache)

    cache.touch({OTHER})

    await read(cache)
    assert shelf.reads == 1


# A write elsewhere.


async def test_hint_makes_it_read_again(cache: Cache, shelf: Shelf) -> None:
    await read(cache)
    shelf.editions[ACCOUNT] = edition(2)

    cache.hint(ACCOUNT, 2, "a")

    assert QUERY not in cache.hot
    assert await read(cache) == b"2.a"


async def test_hint_of_what_is_held_costs_nothing(cache: Cache, shelf: Shelf) -> None:
    await read(cache)

    cache.hint(ACCOUNT, 1, "a")
    cache.hint(ACCOUNT, 1, "a")

    await read(cache)
    assert shelf.reads == 1


async def test_hint_during_a_reading_that_was_too_early(cache: Cache, shelf: Shelf) -> None:
    shelf.is_held = True
    early = begin(read(cache))
    await shelf.until_held()
    shelf.editions[ACCOUNT] = edition(2)
    cache.hint(ACCOUNT, 2, "a")
    late = begin(read(cache))
    await pause()

    shelf.release()
    assert await early == b"1.a"
    assert QUERY not in cache.hot
    await shelf.until_held()
    shelf.release()

    assert await late == b"2.a"


async def test_hint_during_a_reading_that_brings_it(cache: Cache, shelf: Shelf) -> None:
    shelf.editions[ACCOUNT] = edition(2)
    shelf.is_held = True
    reader = begin(read(cache))
    await shelf.until_held()
    cache.hint(ACCOUNT, 2, "a")
    late = begin(read(cache))
    await pause()

    shelf.release()

    assert (await reader, await late) == (b"2.a", b"2.a")
    assert shelf.reads == 1
    assert names(cache.hot[QUERY]) == b"2.a"


async def test_late_hint_is_passed_over(cache: Cache, shelf: Shelf) -> None:
    shelf.editions[ACCOUNT] = edition(9)
    cache.hint(ACCOUNT, 9, "a")
    await read(cache)
    await read(cache, ALL)

    cache.hint(ACCOUNT, 8, "a")
    cache.hint(ACCOUNT, 2, "b")

    await read(cache)
    await read(cache, ALL)
    assert shelf.reads == 2


async def test_hint_before_it_was_first_asked_for(cache: Cache) -> None:
    cache.hint(ACCOUNT, 1, "a")

    assert await read(cache) == b"1.a"
    assert QUERY in cache.hot


async def test_hint_makes_the_list_of_all_old_too(cache: Cache, shelf: Shelf) -> None:
    shelf.editions[ALL] = edition(0, "", "before")
    await read(cache, ALL)
    shelf.editions[ALL] = edition(0, "", "after")

    cache.hint(OTHER, 5, "a")

    assert await read(cache, ALL) == b"after"


@pytest.mark.parametrize(("version", "tag"), [(2, "a"), (3, "b"), (1, "b"), (0, "")])
async def test_sweep_takes_every_other_version_for_news(
    cache: Cache, shelf: Shelf, version: int, tag: str
) -> None:
    """A lower one as well: a restored backup counts on from where it was."""
    await read(cache)
    shelf.editions[ACCOUNT] = edition(version, tag)

    cache.compare([(OTHER, 5, "x"), (ACCOUNT, version, tag)])

    assert QUERY not in cache.hot
    assert await read(cache) == f"{version}.{tag}".encode()
    assert QUERY in cache.hot
    cache.compare([(OTHER, 5, "x"), (ACCOUNT, version, tag)])
    assert QUERY in cache.hot


async def test_sweep_makes_the_list_of_all_old_too(cache: Cache, shelf: Shelf) -> None:
    shelf.editions[ALL] = edition(0, "", "before")
    await read(cache, ALL)
    shelf.editions[ALL] = edition(0, "", "after")

    cache.compare([(OTHER, 5, "a")])

    assert await read(cache, ALL) == b"after"


async def test_restored_backup_goes_on_by_hints(cache: Cache, shelf: Shelf) -> None:
    shelf.editions[ACCOUNT] = edition(500)
    await read(cache)
    cache.hint(ACCOUNT, 500, "a")
    shelf.editions[ACCOUNT] = edition(3, "z")
    cache.compare([(ACCOUNT, 3, "z")])
    assert await read(cache) == b"3.z"

    shelf.editions[ACCOUNT] = edition(4, "y")
    cache.hint(ACCOUNT, 4, "y")

    assert await read(cache) == b"4.y"


async def test_failover_that_lost_a_commit_is_seen_by_its_tag(cache: Cache, shelf: Shelf) -> None:
    await read(cache)
    shelf.editions[ACCOUNT] = edition(1, "b")

    cache.hint(ACCOUNT, 1, "b")

    assert await read(cache) == b"1.b"


async def test_other_tag_of_the_same_number_during_a_reading_is_found_by_the_sweep(
    cache: Cache, shelf: Shelf
) -> None:
    shelf.is_held = True
    early = begin(read(cache))
    await shelf.until_held()
    shelf.editions[ACCOUNT] = edition(1, "b")
    cache.hint(ACCOUNT, 1, "b")
    shelf.release()
    await early
    shelf.is_held = False

    cache.compare([(ACCOUNT, 1, "b")])

    assert await read(cache) == b"1.b"


async def test_hint_of_more_than_there_is_ends(cache: Cache) -> None:
    """Whoever may notify can say any number."""
    cache.hint(ACCOUNT, 10**18, "z")
    await read(cache)
    cache.hint(ACCOUNT, 10**18 + 1, "z")

    assert await read(cache) == b"1.a"
    assert QUERY in cache.hot


async def test_sweep_says_the_same_many_times(cache: Cache, shelf: Shelf) -> None:
    await read(cache)
    shelf.editions[ALL] = edition(0, "", "all")
    await read(cache, ALL)
    cache.compare([(OTHER, 5, "x"), (ACCOUNT, 1, "a")])
    await read(cache, ALL)
    reads = shelf.reads

    for _ in range(5):
        cache.compare([(OTHER, 5, "x"), (ACCOUNT, 1, "a")])
        await read(cache)
        await read(cache, ALL)

    assert shelf.reads == reads


async def test_forget_takes_all_as_changed(cache: Cache, shelf: Shelf) -> None:
    shelf.editions[ALL] = edition(0, "", "all")
    await read(cache)
    await read(cache, ALL)
    shelf.editions[ACCOUNT] = edition(1, "a", "changed past us")
    shelf.editions[ALL] = edition(0, "", "changed too")

    cache.forget()

    assert cache.hot == {}
    assert await read(cache) == b"changed past us"
    assert await read(cache, ALL) == b"changed too"


# The list of all bots.


async def test_entity_tag_of_all_is_never_used_for_other_bytes(shelf: Shelf) -> None:
    """Not after the entry had to go, nor while changes elsewhere are not heard of."""
    cache = opened(shelf, Bounds(entries=1))
    by_etag: dict[bytes, bytes] = {}
    for number in range(6):
        shelf.editions[ALL] = edition(0, "", f"state {number}")
        if number == 2:
            cache.distrust()
        if number == 4:
            cache.trust()
        served = await cache.get(ALL)
        body = by_etag.setdefault(served.snapshot.etag, served.snapshot.plain.body)
        assert body == served.snapshot.plain.body
        await read(cache)  # pushes the list of all out
        await read(cache, OTHER)
        assert cache.entries.find(ALL) is None

    assert len(by_etag) == 6


async def test_entity_tag_of_all_is_the_same_on_every_process(shelf: Shelf) -> None:
    shelf.editions[ALL] = edition(0, "", "all")

    tags = {(await opened(shelf).get(ALL)).snapshot.etag for _ in range(2)}

    assert len(tags) == 1


async def test_age_of_the_newest_look_is_told() -> None:
    cache = Cache(Bounds(), 1.0)
    assert cache.look_age() is None

    see(cache, look(None))
    assert cache.look_age() is None

    see(cache, look(0, read=7))
    told = cache.look_age()
    assert told is not None
    assert told[0] == b"bridge-look-age"
    assert float(told[1]) >= 7


async def test_unknown_account_is_an_empty_list_of_version_0(cache: Cache, shelf: Shelf) -> None:
    empty = edition(0, "")
    shelf.editions["nobody"] = empty._replace(bots=replace(empty.bots, bots=[]))

    served: Served = await cache.get("nobody")

    assert served.snapshot.version == 0
    assert served.snapshot.plain.body == b'{"bots":[],"next_cursor":null}'
    cache.compare([("nobody", 0, "")])
    assert b"account=nobody" in cache.hot


async def test_other_history_is_not_taken_from_a_reading_that_met_the_one_before(
    cache: Cache, shelf: Shelf
) -> None:
    """A restored backup may have changed long ago, so that no sweep says it twice."""
    shelf.editions[ACCOUNT] = edition(5)
    await read(cache)
    cache.forget()
    shelf.is_held = True
    early = begin(read(cache))
    await shelf.until_held()
    shelf.editions[ACCOUNT] = edition(3, "z")
    cache.compare([(ACCOUNT, 3, "z")])
    shelf.is_held = False
    shelf.release()
    await early

    assert QUERY not in cache.hot
    assert await read(cache) == b"3.z"

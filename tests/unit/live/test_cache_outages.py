"""The cache when changes are not heard of, when looks grow old, and without its database."""

import asyncio

import pytest
from tests.unit.live.parts import (
    ACCOUNT,
    AWAY,
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

from bridge.errors import DatabaseUnavailableError
from bridge.live import flights as flights_module
from bridge.live.cache import Cache

# Nobody hears of changes.


async def test_without_trust_each_who_asks_later_has_a_later_reading(shelf: Shelf) -> None:
    cache = opened(shelf, is_trusted=False)
    shelf.is_held = True
    first = begin(read(cache))
    await shelf.until_held()
    shelf.editions[ACCOUNT] = edition(2)
    others = [begin(read(cache)) for _ in range(100)]
    await pause()

    shelf.release()
    assert await first == b"1.a"
    await shelf.until_held()
    shelf.release()

    assert set(await asyncio.gather(*others)) == {b"2.a"}
    assert shelf.reads == 2
    assert cache.hot == {}


async def test_distrust_empties_and_trust_reads_anew(cache: Cache, shelf: Shelf) -> None:
    await read(cache)
    shelf.editions[ACCOUNT] = edition(2)

    cache.distrust()
    assert cache.hot == {}
    assert await read(cache) == b"2.a"
    assert cache.hot == {}
    shelf.editions[ACCOUNT] = edition(3)
    cache.trust()
    assert cache.hot == {}

    assert await read(cache) == b"3.a"
    assert names(cache.hot[QUERY]) == b"3.a"


async def test_what_is_read_while_trust_ends_is_not_hot(cache: Cache, shelf: Shelf) -> None:
    shelf.is_held = True
    reader = begin(read(cache))
    await shelf.until_held()
    cache.distrust()
    shelf.release()

    assert await reader == b"1.a"
    assert cache.hot == {}


async def test_who_asked_before_trust_gets_no_reading_from_before_they_asked(
    shelf: Shelf,
) -> None:
    """The first reading hangs; meanwhile the feed has come back, and says what it missed."""
    cache = opened(shelf, is_trusted=False)
    shelf.is_held = True
    first = begin(read(cache))
    await shelf.until_held()
    shelf.editions[ACCOUNT] = edition(2)  # seconds ago, and nobody heard of it
    late = begin(read(cache))
    await pause()
    cache.compare([(ACCOUNT, 2, "a")])
    cache.trust()

    shelf.release()
    await first
    await shelf.until_held()
    shelf.release()

    assert await late == b"2.a"


async def test_change_heard_of_while_nothing_is_trusted_counts(shelf: Shelf) -> None:
    cache = opened(shelf, is_trusted=False)
    await read(cache)
    shelf.is_held = True
    reader = begin(read(cache))
    await shelf.until_held()
    shelf.editions[ACCOUNT] = edition(2)
    cache.compare([(ACCOUNT, 2, "a")])
    cache.trust()
    shelf.release()
    await pause()

    assert QUERY not in cache.hot
    if not reader.done():
        await shelf.until_held()
        shelf.release()
    await reader


# Time.


async def test_sight_that_changes_makes_it_read_again(cache: Cache, shelf: Shelf) -> None:
    before = (await cache.get(ACCOUNT)).snapshot
    later = look(0, read=30)
    shelf.editions[ACCOUNT] = edition(1, seen=later)

    see(cache, later)

    assert cache.hot == {}
    after = (await cache.get(ACCOUNT)).snapshot
    assert (before.version, before.tag) == (after.version, after.tag)
    assert before.etag != after.etag
    assert b'"stale":true' in after.plain.body
    assert QUERY in cache.hot


async def test_newer_look_of_the_same_sight_changes_nothing(cache: Cache, shelf: Shelf) -> None:
    await read(cache)

    see(cache, look(30, read=30))

    assert QUERY in cache.hot
    assert shelf.reads == 1


async def test_look_that_a_reading_brings_counts_for_all(cache: Cache, shelf: Shelf) -> None:
    await read(cache)
    shelf.editions[OTHER] = edition(1, seen=look(0, read=30))

    await read(cache, OTHER)

    assert QUERY not in cache.hot


async def test_what_was_read_under_another_sight_is_not_hot(cache: Cache, shelf: Shelf) -> None:
    shelf.is_held = True
    reader = begin(read(cache))
    await shelf.until_held()
    see(cache, look(0, read=30))
    shelf.release()

    await reader

    assert cache.hot == {}


# The database is away.


async def test_what_is_not_held_is_refused(cache: Cache, shelf: Shelf) -> None:
    shelf.error = AWAY

    with pytest.raises(DatabaseUnavailableError):
        await cache.get(ACCOUNT)

    shelf.error = None
    assert await read(cache) == b"1.a"


async def test_what_was_current_is_shown_with_its_age(
    cache: Cache, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flights_module, "_AGAIN_SECONDS", 3_600.0)
    await read(cache)
    cache.distrust()
    shelf.error = AWAY

    served = await cache.get(ACCOUNT)

    assert names(served.snapshot) == b"1.a"
    assert served.held_seconds is not None
    assert served.held_seconds >= 0
    reads = shelf.reads
    await cache.get(ACCOUNT)
    assert shelf.reads == reads  # whoever has something to show does not ask all the time


async def test_what_was_current_is_not_shown_for_ever(cache: Cache, shelf: Shelf) -> None:
    await read(cache)
    cache.distrust()
    shelf.error = AWAY
    entry = cache.entries.need(ACCOUNT)

    entry.current_until -= 299
    assert (await cache.get(ACCOUNT)).held_seconds is not None
    entry.current_until -= 2
    with pytest.raises(DatabaseUnavailableError):
        await cache.get(ACCOUNT)


@pytest.mark.parametrize("change", ["touch", "hint", "compare", "forget"])
async def test_what_is_known_to_be_old_is_not_shown(
    cache: Cache, shelf: Shelf, change: str
) -> None:
    await read(cache)
    changes = {
        "touch": lambda: cache.touch({ACCOUNT}),
        "hint": lambda: cache.hint(ACCOUNT, 2, "a"),
        "compare": lambda: cache.compare([(ACCOUNT, 2, "a")]),
        "forget": cache.forget,
    }
    changes[change]()
    cache.distrust()
    shelf.error = AWAY

    with pytest.raises(DatabaseUnavailableError):
        await cache.get(ACCOUNT)


async def test_write_while_a_reader_waits_in_vain_is_not_hidden_from_it(
    cache: Cache, shelf: Shelf
) -> None:
    await read(cache)
    cache.distrust()
    shelf.error = AWAY
    shelf.is_held = True
    reader = begin(read(cache))
    await shelf.until_held()
    cache.touch({ACCOUNT})

    shelf.release()
    await shelf.until_held()
    shelf.release()

    with pytest.raises(DatabaseUnavailableError):
        await reader


async def test_write_while_a_reader_waits_too_long_is_waited_for(
    cache: Cache, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flights_module, "_PATIENCE_SECONDS", 0.01)
    await read(cache)
    cache.distrust()
    shelf.is_held = True
    reader = begin(read(cache))
    await asyncio.sleep(0)
    shelf.editions[ACCOUNT] = edition(2)
    cache.touch({ACCOUNT})
    await asyncio.sleep(0.05)

    assert not reader.done()
    while not reader.done():
        await shelf.until_held()
        shelf.release()
        await pause()

    assert await reader == b"2.a"


async def test_reading_that_hangs_does_not_hold_who_can_be_shown_something(
    cache: Cache, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flights_module, "_PATIENCE_SECONDS", 0.01)
    await read(cache)
    cache.distrust()
    shelf.is_held = True

    served = await cache.get(ACCOUNT)

    assert names(served.snapshot) == b"1.a"
    assert served.held_seconds is not None
    shelf.release()


async def test_what_others_have_read_meanwhile_is_what_is_shown(cache: Cache, shelf: Shelf) -> None:
    """A reader waits for its reading in vain, while the one before it has brought version 2."""
    await read(cache)
    cache.distrust()
    shelf.editions[ACCOUNT] = edition(2)
    shelf.is_held = True
    first = begin(read(cache))
    await shelf.until_held()
    shelf.error = AWAY
    second = begin(read(cache))
    await pause()
    shelf.release()
    assert await first == b"2.a"
    see(cache, look(0, read=30))
    await shelf.until_held()
    shelf.release()

    assert await second == b"2.a"
    shelf.is_held = False
    assert await read(cache) == b"2.a"


async def test_states_grow_old_while_nothing_can_beread(cache: Cache, shelf: Shelf) -> None:
    fresh = (await cache.get(ACCOUNT)).snapshot
    cache.distrust()
    shelf.error = AWAY

    tags = {fresh.etag}
    for seconds, shown in ((30, b'"stale":true'), (100, b'"state":"unknown"')):
        see(cache, look(0, read=seconds))
        served = await cache.get(ACCOUNT)
        assert shown in served.snapshot.plain.body
        assert served.held_seconds is not None
        tags.add(served.snapshot.etag)

    assert len(tags) == 3


async def test_what_was_shown_as_old_is_not_made_young_without_a_reading(
    cache: Cache, shelf: Shelf
) -> None:
    """Its bytes would be those of "unknown" under the entity tag of a fresh answer."""
    fresh = (await cache.get(ACCOUNT)).snapshot
    cache.distrust()
    shelf.error = AWAY
    see(cache, look(0, read=100))
    blind = (await cache.get(ACCOUNT)).snapshot

    see(cache, look(200, read=200))
    again = (await cache.get(ACCOUNT)).snapshot

    assert (again.plain.body, again.etag) == (blind.plain.body, blind.etag)
    shelf.error = None
    cache.trust()
    read = (await cache.get(ACCOUNT)).snapshot
    assert (read.plain.body, read.etag) == (fresh.plain.body, fresh.etag)


async def test_pool_that_fails_beside_a_feed_that_works_does_not_hide_what_is_known(
    cache: Cache, shelf: Shelf
) -> None:
    await read(cache)
    shelf.error = AWAY

    see(cache, look(0, read=30))
    served = await cache.get(ACCOUNT)

    assert b'"stale":true' in served.snapshot.plain.body
    assert served.held_seconds is not None

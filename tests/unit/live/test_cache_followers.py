"""Those who wait for what comes next."""

import asyncio

import pytest
from tests.unit.live.parts import (
    ACCOUNT,
    AWAY,
    OTHER,
    Shelf,
    Watcher,
    begin,
    edition,
    look,
    opened,
    pause,
    read,
    see,
    until,
)

from bridge.live import flights as flights_module
from bridge.live.cache import Cache
from bridge.live.entries import ALL, Bounds
from bridge.live.flights import MOST_AT_ONCE
from bridge.live.snapshots import Snapshot

# Followers.


async def test_followers_are_told_of_each_change(cache: Cache, shelf: Shelf) -> None:
    watcher = Watcher()
    await read(cache)
    cache.follow(ACCOUNT, watcher)
    assert watcher.names == []

    shelf.editions[ACCOUNT] = edition(2)
    cache.hint(ACCOUNT, 2, "a")
    await until(lambda: watcher.names == [b"2.a"])
    shelf.editions[ACCOUNT] = edition(3)
    cache.touch({ACCOUNT})
    await until(lambda: watcher.names == [b"2.a", b"3.a"])

    cache.unfollow(ACCOUNT, watcher)
    shelf.editions[ACCOUNT] = edition(4)
    cache.touch({ACCOUNT})
    await pause()
    assert watcher.names == [b"2.a", b"3.a"]


async def test_follower_of_what_is_not_held_has_itread(cache: Cache, shelf: Shelf) -> None:
    watcher = Watcher()

    cache.follow(ACCOUNT, watcher)

    await until(lambda: watcher.names == [b"1.a"])
    assert shelf.reads == 1


async def test_follower_is_shown_the_last_of_many_changes(cache: Cache, shelf: Shelf) -> None:
    watcher = Watcher()
    cache.follow(ACCOUNT, watcher)
    for version in range(2, 200):
        shelf.editions[ACCOUNT] = edition(version)
        cache.touch({ACCOUNT})
        if version % 7 == 0:
            await pause()

    await until(lambda: watcher.names[-1:] == [b"199.a"])
    assert shelf.reads < 100


@pytest.mark.parametrize("account", [ACCOUNT, ALL])
async def test_write_during_the_reading_for_followers_is_read_too(
    cache: Cache, shelf: Shelf, account: str | None
) -> None:
    watcher = Watcher()
    shelf.editions[account] = edition(1)
    shelf.is_held = True
    cache.follow(account, watcher)
    await shelf.until_held()
    shelf.editions[account] = edition(2)
    cache.touch({ACCOUNT})
    shelf.is_held = False
    shelf.release()

    await until(lambda: watcher.names == [b"1.a", b"2.a"])


async def test_events_that_were_made_for_followers_are_counted(cache: Cache) -> None:
    watcher = Watcher()
    cache.follow(ACCOUNT, watcher)
    await until(lambda: len(watcher.shown) == 1)
    before = cache.entries.size_bytes
    event = watcher.shown[0].event()

    cache.unfollow(ACCOUNT, watcher)

    assert cache.entries.size_bytes == before + len(event)


async def test_follower_of_all_is_told(cache: Cache, shelf: Shelf) -> None:
    watcher = Watcher()
    shelf.editions[ALL] = edition(0, "", "before")
    cache.follow(ALL, watcher)
    await until(lambda: watcher.names == [b"before"])

    shelf.editions[ALL] = edition(0, "", "after")
    cache.hint(OTHER, 7, "x")

    await until(lambda: watcher.names == [b"before", b"after"])


async def test_failed_reading_for_followers_is_made_again(
    cache: Cache, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flights_module, "_AGAIN_SECONDS", 0.01)
    watcher = Watcher()
    shelf.error = AWAY
    cache.follow(ACCOUNT, watcher)
    await until(lambda: shelf.reads == 1)
    await pause()

    shelf.error = None

    await until(lambda: watcher.names == [b"1.a"])


async def test_followers_see_states_grow_old_in_an_outage_and_young_after_it(
    cache: Cache, shelf: Shelf
) -> None:
    """As a stream sends them: only what has another entity tag than the last."""
    watcher = Watcher()
    cache.follow(ACCOUNT, watcher)
    await until(lambda: len(watcher.shown) == 1)
    cache.distrust()
    shelf.error = AWAY
    for seconds in (30, 100):
        see(cache, look(0, read=seconds))
    assert [shown.sight.age for shown in _sent(watcher)] == ["fresh", "stale", "blind"]

    shelf.error = None
    back = look(200, read=200)
    shelf.editions[ACCOUNT] = edition(1, seen=back)
    cache.compare([(ACCOUNT, 1, "a")])
    see(cache, back)
    cache.trust()

    await until(lambda: watcher.shown[-1].sight.age == "fresh")
    assert watcher.shown[-1].plain.body == watcher.shown[0].plain.body
    assert _sent(watcher)[-1].plain.body == watcher.shown[0].plain.body


async def test_followers_see_states_that_grew_old_just_before_the_feed_was_given_up(
    cache: Cache, shelf: Shelf
) -> None:
    """The database was away already, and nobody had said so yet."""
    watcher = Watcher()
    cache.follow(ACCOUNT, watcher)
    await until(lambda: len(watcher.shown) == 1)
    shelf.error = AWAY
    see(cache, look(0, read=30))
    await until(lambda: shelf.reads == 2)
    await pause()
    assert [shown.sight.age for shown in watcher.shown] == ["fresh"]

    cache.distrust()

    assert [shown.sight.age for shown in watcher.shown] == ["fresh", "stale"]


def _sent(watcher: Watcher) -> list[Snapshot]:
    sent: list[Snapshot] = []
    for shown in watcher.shown:
        if not sent or shown.event_id != sent[-1].event_id:
            sent.append(shown)
    return sent


async def test_follower_that_joins_during_an_outage_is_told_after_it(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flights_module, "_UNHEARD_SECONDS", 3_600.0)
    cache = opened(shelf, is_trusted=False)
    watcher = Watcher()
    shelf.error = AWAY
    cache.follow(ACCOUNT, watcher)
    await pause()

    shelf.error = None
    cache.trust()

    await until(lambda: watcher.names == [b"1.a"])


@pytest.mark.parametrize("account", [ACCOUNT, ALL])
async def test_follower_is_told_of_own_writes_though_nothing_else_is_heard_of(
    cache: Cache, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, account: str | None
) -> None:
    monkeypatch.setattr(flights_module, "_UNHEARD_SECONDS", 3_600.0)
    watcher = Watcher()
    shelf.editions[account] = edition(1)
    cache.follow(account, watcher)
    await until(lambda: watcher.names == [b"1.a"])
    cache.distrust()
    reads = shelf.reads

    for version in (2, 3):
        shelf.editions[account] = edition(version)
        cache.touch({ACCOUNT})
        await until(lambda: watcher.names[-1] == f"{version}.a".encode())  # noqa: B023 - at once

    await asyncio.sleep(0.1)
    assert shelf.reads == reads + 2


async def test_follower_sees_what_is_not_heard_of_a_little_later(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flights_module, "_UNHEARD_SECONDS", 0.01)
    cache = opened(shelf, is_trusted=False)
    watcher = Watcher()
    cache.follow(ACCOUNT, watcher)
    await until(lambda: watcher.names[-1:] == [b"1.a"])

    shelf.editions[ACCOUNT] = edition(2)

    await until(lambda: watcher.names[-1:] == [b"2.a"])
    cache.unfollow(ACCOUNT, watcher)


async def test_followers_do_not_storm_a_database_that_is_away(
    cache: Cache, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flights_module, "_UNHEARD_SECONDS", 0.001)
    monkeypatch.setattr(flights_module, "_AGAIN_SECONDS", 3_600.0)
    watchers = [Watcher() for _ in range(50)]
    for number, watcher in enumerate(watchers):
        cache.follow(f"account-{number}", watcher)
    await until(lambda: all(watcher.shown for watcher in watchers))
    reads = shelf.reads
    shelf.error = AWAY

    cache.distrust()
    for _ in range(20):
        await asyncio.sleep(0.005)

    # Those whose turn came before the first failure was known, and nobody after it.
    assert 0 < shelf.reads - reads <= len(watchers)
    for number, watcher in enumerate(watchers):
        cache.unfollow(f"account-{number}", watcher)


async def test_few_lists_are_read_for_followers_at_once_and_news_comes_first(
    cache: Cache, shelf: Shelf
) -> None:
    """All grow old in the same moment; who asks for one is not behind them."""
    accounts = [f"account-{number}" for number in range(40)]
    watchers = {account: Watcher() for account in accounts}
    for account, watcher in watchers.items():
        cache.follow(account, watcher)
    await until(lambda: all(watcher.shown for watcher in watchers.values()))
    before, shelf.is_held = shelf.reads, True
    later = look(0, read=30)
    shelf.editions |= {account: edition(0, "", seen=later) for account in accounts}

    see(cache, later)
    await pause()
    assert shelf.reads - before == MOST_AT_ONCE

    shelf.editions[accounts[-2]] = edition(1, seen=later)
    cache.hint(accounts[-2], 1, "a")
    shelf.release()
    await until(lambda: shelf.reads - before == MOST_AT_ONCE + 1)
    asked = begin(read(cache, accounts[-1]))
    await until(lambda: shelf.reads - before == MOST_AT_ONCE + 2)
    shelf.is_held = False
    for _ in range(MOST_AT_ONCE + 1):
        shelf.release()

    assert await asked == b"0."
    await until(lambda: watchers[accounts[-2]].names[-1] == b"1.a")
    await until(lambda: all(each.shown[-1].sight.age == "stale" for each in watchers.values()))
    assert shelf.reads - before == len(accounts), "each once"


async def test_closed_cache_leaves_no_timer_behind(cache: Cache, shelf: Shelf) -> None:
    watcher = Watcher()
    shelf.is_held = True
    cache.follow(ACCOUNT, watcher)
    await shelf.until_held()

    await cache.close()

    assert cache.entries.need(ACCOUNT).next_flight is None


async def test_followed_list_stays_whatever_else_isread(shelf: Shelf) -> None:
    cache = opened(shelf, Bounds(entries=2))
    watcher = Watcher()
    cache.follow(ACCOUNT, watcher)
    for number in range(20):
        await read(cache, f"other-{number}")

    shelf.editions[ACCOUNT] = edition(2)
    cache.touch({ACCOUNT})

    await until(lambda: watcher.names[-1:] == [b"2.a"])


async def test_unfollowing_twice_is_no_mistake(cache: Cache) -> None:
    watcher = Watcher()
    cache.follow(ACCOUNT, watcher)

    cache.unfollow(ACCOUNT, watcher)
    cache.unfollow(ACCOUNT, watcher)
    cache.unfollow("never-followed", watcher)

    assert cache.entries.find("never-followed") is None

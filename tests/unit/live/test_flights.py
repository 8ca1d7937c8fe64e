"""Readings: one for all who ask at once, whoever of them leaves and whatever fails."""

import asyncio

import pytest
from structlog.testing import capture_logs
from tests.unit.live.parts import (
    ACCOUNT,
    AWAY,
    QUERY,
    Shelf,
    Watcher,
    begin,
    edition,
    pause,
    read,
    until,
)

from bridge.errors import DatabaseUnavailableError
from bridge.live import flights as flights_module
from bridge.live.cache import Cache
from bridge.live.snapshots import Snapshot


class Broken:
    """A follower with a mistake."""

    def __init__(self) -> None:
        self.was_shown = False

    def show(self, snapshot: Snapshot) -> None:
        del snapshot
        self.was_shown = True
        raise RuntimeError


async def test_all_who_ask_at_once_share_one_reading(cache: Cache, shelf: Shelf) -> None:
    shelf.is_held = True
    readers = [begin(read(cache)) for _ in range(5_000)]
    await shelf.until_held()

    shelf.release()

    assert set(await asyncio.gather(*readers)) == {b"1.a"}
    assert shelf.reads == 1


async def test_reader_that_leaves_takes_nothing_from_the_others(cache: Cache, shelf: Shelf) -> None:
    shelf.is_held = True
    readers = [begin(read(cache)) for _ in range(10)]
    await shelf.until_held()

    for reader in readers[:9]:
        reader.cancel()
    await pause()
    shelf.release()

    assert await readers[9] == b"1.a"
    assert all(reader.cancelled() for reader in readers[:9])
    assert shelf.reads == 1


async def test_reading_that_everybody_left_is_kept(cache: Cache, shelf: Shelf) -> None:
    shelf.is_held = True
    reader = begin(read(cache))
    await shelf.until_held()
    reader.cancel()
    await pause()

    shelf.release()
    await until(lambda: QUERY in cache.hot)

    assert await read(cache) == b"1.a"
    assert shelf.reads == 1


async def test_closing_ends_those_who_wait(cache: Cache, shelf: Shelf) -> None:
    shelf.is_held = True
    readers = [begin(read(cache)) for _ in range(3)]
    await shelf.until_held()

    await cache.close()

    for reader in readers:
        with pytest.raises(DatabaseUnavailableError):
            await reader
    with pytest.raises(DatabaseUnavailableError):
        await cache.get(ACCOUNT)
    assert cache.hot == {}


async def test_closing_before_a_reading_has_begun_ends_those_who_wait(
    cache: Cache, shelf: Shelf
) -> None:
    reader = begin(read(cache))
    closing = asyncio.ensure_future(cache.close())

    await closing

    with pytest.raises(DatabaseUnavailableError):
        async with asyncio.timeout(5):
            await reader
    assert shelf.reads == 0


async def test_failure_is_shared_and_then_forgotten(cache: Cache, shelf: Shelf) -> None:
    shelf.error = AWAY
    shelf.is_held = True
    readers = [begin(read(cache)) for _ in range(50)]
    await shelf.until_held()
    shelf.release()

    results = await asyncio.gather(*readers, return_exceptions=True)

    assert all(isinstance(result, DatabaseUnavailableError) for result in results)
    assert shelf.reads == 1


async def test_mistake_of_ours_is_no_outage(cache: Cache, shelf: Shelf) -> None:
    shelf.error = mistake = RuntimeError("a mistake")

    with capture_logs() as log, pytest.raises(RuntimeError, match="a mistake"):
        await cache.get(ACCOUNT)
    shelf.error = None

    assert [line["exc_info"] for line in log] == [mistake]
    assert await read(cache) == b"1.a"


@pytest.mark.parametrize("is_trusted", [True, False])
async def test_followers_outlast_a_mistake_of_ours(
    cache: Cache, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, *, is_trusted: bool
) -> None:
    """Wherever it was made: in the reading, or in what became of it."""
    monkeypatch.setattr(flights_module, "_AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(flights_module, "_UNHEARD_SECONDS", 0.01)
    if not is_trusted:
        cache.distrust()
    broken, watcher = Broken(), Watcher()
    shelf.error = RuntimeError("a mistake")

    with capture_logs() as log:
        cache.follow(ACCOUNT, broken)
        await until(lambda: len(log) == 1)
        shelf.error = None
        await until(lambda: broken.was_shown)
        cache.unfollow(ACCOUNT, broken)
        cache.follow(ACCOUNT, watcher)
        shelf.editions[ACCOUNT] = edition(2)
        cache.touch({ACCOUNT})
        await until(lambda: watcher.names[-1:] == [b"2.a"])

    assert {line["event"] for line in log} == {"a reading broke and is made again"}
    cache.unfollow(ACCOUNT, watcher)

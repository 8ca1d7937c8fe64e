"""Readings: one for all who ask at once, whoever of them leaves and whatever fails."""

import asyncio

import pytest
from tests.unit.live.parts import ACCOUNT, AWAY, QUERY, Shelf, begin, pause, read, until

from bridge.errors import DatabaseUnavailableError
from bridge.live.cache import Cache


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
    shelf.error = RuntimeError("a mistake")
    loop = asyncio.get_running_loop()
    told: list[object] = []
    loop.set_exception_handler(lambda _loop, context: told.append(context["exception"]))

    try:
        with pytest.raises(RuntimeError, match="a mistake"):
            await cache.get(ACCOUNT)
        await pause()
    finally:
        loop.set_exception_handler(None)
    shelf.error = None

    assert await read(cache) == b"1.a"

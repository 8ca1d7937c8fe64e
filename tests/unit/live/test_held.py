"""What is held, and what had to go."""

import asyncio
import gzip

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
    opened,
    read,
    see,
)

from bridge.errors import DatabaseUnavailableError
from bridge.live.cache import Cache
from bridge.live.entries import Bounds


async def test_evicted_list_is_read_again(shelf: Shelf) -> None:
    cache = opened(shelf, Bounds(entries=1))
    await read(cache)
    await read(cache, OTHER)
    assert QUERY not in cache.hot

    assert await read(cache) == b"1.a"
    assert shelf.reads == 3


async def test_reader_of_an_evicted_list_leaves_nothing_behind_that_nobody_updates(
    shelf: Shelf,
) -> None:
    cache = opened(shelf, Bounds(entries=1))
    shelf.is_held = True
    early = begin(read(cache))
    await shelf.until_held()
    shelf.editions[ACCOUNT] = edition(2)
    cache.touch({ACCOUNT})
    late = begin(read(cache))  # will need a second reading
    other = begin(read(cache, OTHER))
    await shelf.until_held(2)
    # The first reading lands, and in the same moment the other list pushes this one out.
    cache.entries.need("pushes")
    shelf.release()
    shelf.release()
    await asyncio.gather(early, other)
    assert cache.entries.find(ACCOUNT) is None
    await shelf.until_held()
    shelf.release()
    assert await late == b"2.a"

    shelf.is_held = False
    shelf.editions[ACCOUNT] = edition(3)
    cache.touch({ACCOUNT})

    assert QUERY not in cache.hot
    assert await read(cache) == b"3.a"


async def test_failed_readings_hold_no_memory(shelf: Shelf) -> None:
    cache = opened(shelf, Bounds(entries=10))
    shelf.error = AWAY

    for number in range(100):
        with pytest.raises(DatabaseUnavailableError):
            await cache.get(f"nobody-{number}")

    assert len(cache.entries) <= 10


async def test_size_is_that_of_what_is_held_whatever_happened_to_it(
    cache: Cache, shelf: Shelf
) -> None:
    shelf.editions[ACCOUNT] = edition(1, name="n" * 2_000)

    async def is_right() -> None:
        newest = cache.entries.need(ACCOUNT).newest
        assert newest is not None
        assert cache.entries.size_bytes == newest.size_bytes

    old = (await cache.get(ACCOUNT)).snapshot
    await is_right()
    old.compress()  # in a thread, as large ones are
    cache.compressed(old)
    await is_right()
    cache.distrust()
    shelf.error = AWAY
    see(cache, look(0, read=30))
    await cache.get(ACCOUNT)
    await is_right()
    shelf.error = None
    shelf.editions[ACCOUNT] = edition(2, name="m" * 3_000, seen=look(0, read=30))
    cache.trust()
    await cache.get(ACCOUNT)
    await is_right()
    assert gzip.decompress(cache.compressed(old).body) == old.plain.body
    await is_right()

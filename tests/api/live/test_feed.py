"""The feed alone, with a cache of its own: what a hint does when no sweep comes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tests.api.calls import Api
from tests.api.inputs import MakeServer
from tests.api.live.conftest import changed
from tests.api.stored import Stored

from bridge.audit.changes import ChangeLog
from bridge.bots.service import BotService
from bridge.db.dsn import parse_database_url
from bridge.db.outages import Limits
from bridge.db.pool import Database
from bridge.idempotency.writes import Writes
from bridge.live.cache import Cache
from bridge.live.entries import ALL, Bounds
from bridge.live.feed import Feed

_PATIENCE_SECONDS = 20


@pytest.fixture
async def cache(api_database_url: str, stored: Stored) -> AsyncIterator[Cache]:
    """A cache that is swept once, and then not for an hour."""
    del stored
    dsn = parse_database_url(api_database_url)
    database = Database(dsn, Limits(connections=2))
    await database.open()
    cache = Cache(Bounds(), 1.0)
    cache.open(BotService(database, Writes(database, timedelta(seconds=1)), ChangeLog()).edition)
    feed = Feed(dsn, cache, hints=True, sweep_seconds=3_600.0)
    task = asyncio.create_task(feed.run())
    yield cache
    task.cancel()
    await asyncio.wait([task])
    await cache.close()
    await database.close()


async def _until_hot(cache: Cache, query: bytes, name: str) -> None:
    """Wait until a list that holds a bot of this name lies ready."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            await cache.get(query.partition(b"=")[2].decode() or ALL)
            held = cache.hot.get(query)
            if held is not None and f'"name":"{name}"'.encode() in held.plain.body:
                return
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("asked", ["one", "all"])
async def test_hint_alone_tells_of_a_change(
    api: Api, cache: Cache, account: str, bot: dict[str, str], asked: str
) -> None:
    query = f"account={account}".encode() if asked == "one" else b""
    await _until_hot(cache, query, bot["name"])

    for number in range(5):
        await changed(api, bot, f"Name {number}")
        await _until_hot(cache, query, f"Name {number}")


async def test_without_hints_nothing_is_told_until_the_sweep(
    make_server: MakeServer, cache: Cache, account: str, bot: dict[str, str]
) -> None:
    """This is what shows that the test above is about hints."""
    query = f"account={account}".encode()
    await _until_hot(cache, query, bot["name"])
    silent = await make_server(BRIDGE_NOTIFICATIONS="off")

    await changed(silent, bot, "Unheard of")
    await asyncio.sleep(0.2)

    assert b"Unheard of" not in cache.hot[query].plain.body


async def test_anybody_may_notify_anything(
    api: Api, cache: Cache, account: str, bot: dict[str, str], stored: Stored
) -> None:
    query = f"account={account}".encode()
    await _until_hot(cache, query, bot["name"])
    told: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: told.append(context))

    for payload in ("", ":", "a:b:c", "*", ",,,", "x:" + "9" * 5_000, "a:-1:x", "a:\xb2:x", "*,"):
        await stored.connection.execute("SELECT pg_notify('bridge', $1)", payload)

    await changed(api, bot, "Renamed")
    await _until_hot(cache, query, "Renamed")
    loop.set_exception_handler(None)
    assert told == []


async def test_everything_may_be_taken_as_changed_by_a_hint(
    cache: Cache, account: str, bot: dict[str, str], stored: Stored
) -> None:
    """After something was written past the application."""
    query = f"account={account}".encode()
    await _until_hot(cache, query, bot["name"])
    await stored.connection.execute("UPDATE bots SET name = 'By hand'")

    await stored.connection.execute("SELECT pg_notify('bridge', '*')")

    await _until_hot(cache, query, "By hand")


async def test_feed_that_ends_leaves_nothing_trusted(
    api_database_url: str, cache: Cache, account: str, bot: dict[str, str]
) -> None:
    query = f"account={account}".encode()
    await _until_hot(cache, query, bot["name"])
    other = Feed(parse_database_url(api_database_url), cache, hints=False)
    task = asyncio.create_task(other.run())
    await asyncio.sleep(0)

    task.cancel()
    await asyncio.wait([task])

    assert cache.hot == {}

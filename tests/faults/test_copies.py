"""Two bridges on one upstream: the one that came second acts on nothing, and says so."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec
import pytest
from tests.api.inputs import database_at
from tests.contract.simulator_door import DEPLOY, Door, opened
from tests.faults.fleet import SPEED, Fleet, fleet_on, not_ended

if TYPE_CHECKING:
    import asyncpg

    Connection = asyncpg.Connection[asyncpg.Record]

_WATCH_SECONDS: Final = 2.0


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """The upstream that two bridges share."""
    async with opened(SPEED) as door:
        yield door


class _Calls(msgspec.Struct):
    method: str
    path: str
    count: int


async def _effects(door: Door) -> Counter[str]:
    """Return how often each call that changes something arrived."""
    answer = await door.control("GET", "calls")
    rows = msgspec.convert(answer.json, list[_Calls])
    return Counter({f"{row.method} {row.path}": row.count for row in rows if row.method != "GET"})


async def _until_held(running: Fleet) -> None:
    async def is_held() -> bool:
        return await running.health() == "hummingbot-shared"

    await running.until(is_held, what=running.logs)


@pytest.mark.timeout(120)
async def test_copy_of_a_database_acts_on_nothing(
    door: Door, server: "Connection", server_url: str, database_url: str, tmp_path: Path
) -> None:
    """It has a start and a running bot on record like the first, which goes on with both."""
    name = urlsplit(database_url).path.removeprefix("/")
    copy = f"{name}_{secrets.token_hex(2)}"
    first_dir, second_dir = tmp_path / "first", tmp_path / "second"
    first_dir.mkdir()
    second_dir.mkdir()
    async with fleet_on(door, database_url, first_dir, count=1) as first:
        running_bot = await first.make_bot()
        await first.start(running_bot["id"])
        await first.until_state(running_bot["id"], "running")
        pending_bot = await first.make_bot()
        trap = first.traps.set("start.before_config", "kill")
        await first.start(pending_bot["id"])
        (node,) = first.nodes
        assert await first.victim(trap) is node
        await _until_left(server, name)
        await server.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')
        try:
            before = await _effects(door)
            async with fleet_on(door, database_at(server_url, copy), second_dir) as second:
                await _until_held(second)
                await second.insist("POST", f"/bots/{running_bot['id']}/stop")
                refused = await second.ask("POST", f"/bots/{pending_bot['id']}/start")
                await asyncio.sleep(_WATCH_SECONDS)

                assert refused.status == 503
                assert await second.health() == "hummingbot-shared"
                assert await _effects(door) == before

                await node.start()
                await first.until_state(pending_bot["id"], "running")
                await first.until_watched()
                assert await second.health() == "hummingbot-shared"
        finally:
            await server.execute(f'DROP DATABASE "{copy}" WITH (FORCE)')

        assert await first.state(running_bot["id"]) == "running"
        assert await door.count("POST", DEPLOY) == 2
        assert len(not_ended(await door.ledger())) == 2


@pytest.mark.timeout(120)
async def test_bridge_on_an_upstream_that_is_taken_acts_on_nothing(
    door: Door,
    server: "Connection",
    server_url: str,
    template_database: str,
    database_url: str,
    tmp_path: Path,
) -> None:
    """No copy, but a bridge of its own that was given the first one's address."""
    name = f"{template_database}_{secrets.token_hex(2)}"
    first_dir, second_dir = tmp_path / "first", tmp_path / "second"
    first_dir.mkdir()
    second_dir.mkdir()
    await server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template_database}"')
    try:
        async with fleet_on(door, database_url, first_dir, count=1) as first:
            bot = await first.make_bot()
            await first.start(bot["id"])
            await first.until_state(bot["id"], "running")
            before = await _effects(door)
            async with fleet_on(door, database_at(server_url, name), second_dir, count=1) as second:
                other = await second.make_bot()
                await _until_held(second)
                refused = await second.ask("POST", f"/bots/{other['id']}/start")
                await asyncio.sleep(_WATCH_SECONDS)

                assert refused.status == 503
                assert await _effects(door) == before

            await first.stop(bot["id"])
            await first.until_state(bot["id"], "stopped")
            assert await first.health() == "simulated"
    finally:
        await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


async def _until_left(server: "Connection", name: str) -> None:
    """Wait until nobody is connected: a database that is in use cannot be copied."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1"
    async with asyncio.timeout(10):
        while await server.fetchval(query, name):  # noqa: ASYNC110 - PostgreSQL has no event
            await asyncio.sleep(0.05)

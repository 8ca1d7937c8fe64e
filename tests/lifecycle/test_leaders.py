"""Two servers on one database: one of them acts, and the other takes over at once when it ends."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
import asyncpg
from tests.api.calls import Api
from tests.api.inputs import MakeServer
from tests.api.serving import LOOPBACK, serving
from tests.api.stored import Stored
from tests.contract.simulator_door import Door
from tests.lifecycle.world import World, is_running, until

from bridge.app import create_app
from bridge.db.dsn import parse_database_url
from bridge.db.migrate import migrate
from bridge.lifecycle.steps import StepName
from bridge.settings import read_settings

_READ_BYTES = 65_536
# A copy that was led more often than its original has the higher token.
_LED_OFTEN = "INSERT INTO leases (name, token, holder, taken_at) VALUES ('lifecycle', 7, '', now())"


@dataclass
class _Wire:
    """A way to the upstream of its own, which tells whether anybody takes it."""

    url: str
    connections: int = 0


@asynccontextmanager
async def _wired(door: Door) -> AsyncGenerator[_Wire]:
    upstream = urlsplit(door.url)
    tasks: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while chunk := await reader.read(_READ_BYTES):
                writer.write(chunk)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire.connections += 1
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        onward = await asyncio.open_connection(upstream.hostname, upstream.port)
        try:
            await asyncio.gather(pump(reader, onward[1]), pump(onward[0], writer))
        finally:
            for end in (writer, onward[1]):
                end.transport.abort()

    server = await asyncio.start_server(serve, LOOPBACK, 0)
    wire = _Wire(f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}")
    async with server:
        yield wire
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _token(world: World) -> int:
    return await world.stored.connection.fetchval("SELECT max(token) FROM leases")


async def test_only_the_leader_calls_the_upstream_whoever_is_asked(
    make_server: MakeServer, world: World, door: Door
) -> None:
    async with _wired(door) as wire:
        other = World(await make_server(HUMMINGBOT_API_URL=wire.url), door, world.stored)
        bot = await other.make_bot()

        assert (await other.start(bot))["status"] == "starting"
        await other.until_state(bot, "running")
        assert (await world.stop(bot))["status"] == "stopping"
        await world.until_state(bot, "stopped")
        for each in (world, other):
            assert (await each.get("/health"))["hummingbot"] in ("simulated", "unreachable")
            assert (await each.bot(bot))["status"] == "stopped"
        await world.until_looks(5)

        assert wire.connections == 0
    assert len(await world.lives(bot)) == 1
    assert await _token(world) == 1


async def test_other_server_goes_on_when_the_leader_is_stopped(
    environ: dict[str, str],
    make_server: MakeServer,
    http: aiohttp.ClientSession,
    door: Door,
    stored: Stored,
) -> None:
    """Without the lease given back it would take the 10 s that the lease lasts."""
    patience = {"BRIDGE_LEASE_SECONDS": "10"}
    async with _wired(door) as wire:
        async with serving(read_settings(environ | patience)) as port:
            first = World(Api(http, f"http://{LOOPBACK}:{port}"), door, stored)
            await first.until_looked()
            bot = await first.make_running()
            second = World(await make_server(**patience, HUMMINGBOT_API_URL=wire.url), door, stored)
            assert is_running(await second.bot(bot))
        stopped_at = await stored.connection.fetchval("SELECT clock_timestamp()")

        await until(lambda: _token(second), lambda token: token == 2)
        taken_at = await stored.connection.fetchval("SELECT taken_at FROM leases")
        assert (taken_at - stopped_at).total_seconds() < 5
        assert (await second.stop(bot))["status"] == "stopping"
        await second.until_state(bot, "stopped")
        assert wire.connections > 0
    (life,) = await second.lives(bot)
    assert life["orders_cancelled"] is True


async def test_second_bridge_on_one_upstream_acts_on_nothing_and_says_so(
    make_server: MakeServer, world: World, door: Door, empty_database_url: str
) -> None:
    """It has a database of its own, which was never introduced to this upstream."""
    mine = await world.make_running()
    await migrate(parse_database_url(empty_database_url))
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute(_LED_OFTEN)
    await connection.close()
    stranger = World(await make_server(DATABASE_URL=empty_database_url), door, world.stored)

    said = await until(
        lambda: stranger.get("/health"), lambda health: health["hummingbot"] == "hummingbot-shared"
    )

    assert "bridge claim" in said["hummingbot_detail"]
    bot = await stranger.make_bot()
    answer = await stranger.api.post(f"/bots/{bot['id']}/start")
    assert (answer.status, answer.json["code"]) == (503, "hummingbot-unavailable")
    assert "Another bridge" in answer.json["detail"]
    (orphan,) = (await stranger.get("/orphans"))["orphans"]
    assert orphan["instance"] == mine["runtime"]["instance"]
    assert len(await world.ledger()) == 1
    assert is_running(await world.until_state(mine, "running"))


async def test_mistake_in_one_bots_step_keeps_no_other_from_stopping(
    environ: dict[str, str], http: aiohttp.ClientSession, door: Door, stored: Stored
) -> None:
    """And the lead is kept: who takes it anew looks at everything again before it acts."""
    mistakes: list[StepName] = []

    async def stumble(step: StepName) -> None:
        if step == "start.before_attempt" and is_odd:
            mistakes.append(step)
            raise LookupError(step)

    is_odd = False
    settings = read_settings(environ)
    async with serving(settings, create_app(settings, stumble)) as port:
        world = World(Api(http, f"http://{LOOPBACK}:{port}"), door, stored)
        await world.until_looked()
        bot, odd = await world.make_running(), await world.make_bot()
        token = await _token(world)
        is_odd = True
        await world.start(odd)
        await world.until_bot(odd, lambda _: bool(mistakes))

        await world.stop(bot)

        await world.until_state(bot, "stopped")
        assert await _token(world) == token

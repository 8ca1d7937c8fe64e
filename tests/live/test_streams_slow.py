"""Readers of streams that do not read."""

import asyncio
import gc
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
from tests.live.world import MakeWorld, World

from bridge.live.snapshots import Snapshot

_BOTS: Final = 100
# What two sockets of loopback may hold between them, at most, is a few megabytes.
_FULL_BYTES: Final = 24 * 1024 * 1024
_MANY: Final = 900
_CONFIG_BYTES: Final = 16_000
_MULTIPLY: Final = """
INSERT INTO bots
SELECT
    (jsonb_populate_record(bots, jsonb_build_object(
        'id', gen_random_uuid(),
        'instance_name', concat(bots.instance_name, n),
        'config', jsonb_build_object('note', repeat('x', $3))
    ))).*
FROM bots, generate_series(1, $2) AS n
WHERE bots.id = $1
"""


@pytest.fixture
async def world(make_world: MakeWorld) -> World:
    """A server that soon loses patience."""
    world = await make_world(BRIDGE_SLOW_SECONDS="0.5", BRIDGE_BEAT_SECONDS="1")
    await world.until_trusted()
    return world


async def _large(world: World) -> dict[str, Any]:
    """Return the first bot of an account whose list is long."""
    account = await world.make_client()
    bots = [await world.make_bot(account, name="x" * 150) for _ in range(_BOTS)]
    assert len((await world.poll(account)).body) > _BOTS * 800
    return bots[0]


@asynccontextmanager
async def _deaf(world: World, account: str) -> AsyncGenerator[socket.socket]:
    """Open a stream on a socket that takes as little as it can, and that nobody reads."""
    host, port = world.api.origin.removeprefix("http://").split(":")
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        deaf.settimeout(0)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(deaf, (host, int(port)))
        request = f"GET /bots/stream?account={account} HTTP/1.1\r\nHost: {host}\r\n\r\n"
        before = len(world.live.streams)
        await loop.sock_sendall(deaf, request.encode())
        await world.until_is(lambda: len(world.live.streams) > before)
        yield deaf


async def _huge(world: World) -> str:
    """Return an account whose list is more than the sockets between two programs hold."""
    bot = await world.make_bot(await world.make_client())
    await world.stored.connection.execute(_MULTIPLY, bot["id"], _MANY, _CONFIG_BYTES)
    await world.rename_elsewhere(bot, "one of many")
    account = str(bot["account"])
    assert len((await world.poll(account)).body) > _MANY * _CONFIG_BYTES
    return account


def _snapshots_in_memory() -> int:
    gc.collect()
    return sum(isinstance(each, Snapshot) for each in gc.get_objects())


async def test_reader_that_never_reads_is_cut_and_holds_nobody_up(world: World) -> None:
    """Meanwhile one state at most waits for it, however many there were."""
    bot = await _large(world)
    account = bot["account"]
    reader = await world.stream(account)
    async with _deaf(world, account):
        assert len(world.live.streams) == 2
        sent, turn, most = 0, 0, 0
        before = _snapshots_in_memory()
        while len(world.live.streams) == 2:
            turn += 1
            await world.rename(bot, f"turn {turn}")
            sent += len((await reader.until_named(f"turn {turn}")).data)
            if turn % 10 == 0:
                most = max(most, _snapshots_in_memory())
            assert sent < 20 * _FULL_BYTES, "never cut"
        last = turn + 1
        await world.rename(bot, f"turn {last}")

        assert (await reader.until_named(f"turn {last}")).data == (await world.poll(account)).body
        assert turn > 12
        # Of all those: what is held, what is being sent, and what is being made.
        assert most - before <= 4


async def test_reader_that_takes_nothing_of_a_huge_first_state_is_cut(
    make_world: MakeWorld,
) -> None:
    """By the heartbeats behind it, of which a few wait; other readers are shown what comes."""
    world = await make_world(BRIDGE_SLOW_SECONDS="0.5", BRIDGE_BEAT_SECONDS="0.2")
    await world.until_trusted()
    account = await _huge(world)
    reader = await world.stream(account)
    await reader.event()
    before = _snapshots_in_memory()
    async with _deaf(world, account), _deaf(world, account):
        await world.until_is(lambda: len(world.live.streams) == 1)

    assert _snapshots_in_memory() <= before
    assert (await reader.block()).raw == b": "


async def test_cut_reader_can_tell_that_the_answer_is_not_complete(world: World) -> None:
    """So that it comes back, as EventSource does by itself."""
    bot = await _large(world)
    stream = await world.stream(bot["account"])
    await stream.event()
    stream.pause()
    turn = 0
    while len(world.live.streams):
        turn += 1
        await world.rename(bot, f"turn {turn}")

    stream.resume()

    assert await stream.is_cut()
    again = await world.stream(bot["account"])
    assert (await again.event()).json["bots"][0]["name"] == f"turn {turn}"


async def test_reader_that_pauses_is_sent_the_newest_state_only(make_world: MakeWorld) -> None:
    """What came and went meanwhile is not sent at all."""
    world = await make_world(BRIDGE_SLOW_SECONDS="300")
    await world.until_trusted()
    bot = await _large(world)
    stream = await world.stream(bot["account"])
    await stream.event()
    stream.pause()
    turns = _FULL_BYTES // (_BOTS * 900)
    for turn in range(turns):
        await world.rename(bot, f"turn {turn}")

    stream.resume()
    seen = 0
    while (await stream.event()).json["bots"][0]["name"] != f"turn {turns - 1}":
        seen += 1

    assert seen < turns - 50

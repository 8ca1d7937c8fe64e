"""Polls that wait for a change, on connections that end before it comes."""

import asyncio
from collections.abc import Callable
from typing import Final

import pytest
from tests.live.streams import Stream, opened
from tests.live.world import World

from bridge.live import conditional

# Longer than any test takes, so that it is not the end of the wait that ends it.
_LONG_SECONDS: Final = 3_600


def _abort(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def _waiting(world: World, account: str, count: int) -> list[asyncio.StreamWriter]:
    """Send polls that wait, each on a connection of its own; return when all are held."""
    etag = (await world.poll(account)).headers["ETag"]
    host, port = world.api.origin.removeprefix("http://").split(":")
    writers: list[asyncio.StreamWriter] = []
    for _ in range(count):
        _, writer = await asyncio.open_connection(host, int(port))
        lines = [
            f"GET /bots?account={account} HTTP/1.1",
            f"Host: {host}",
            f"If-None-Match: {etag}",
            f"Prefer: wait={_LONG_SECONDS}",
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        writers.append(writer)
    await world.until_is(lambda: _followers(world, account) == count)
    return writers


def _followers(world: World, account: str) -> int:
    entry = world.live.cache.entries.find(account)
    return 0 if entry is None else len(entry.followers)


@pytest.mark.parametrize("leave", [_abort, _close])
async def test_wait_ends_when_who_waits_has_gone(
    world: World,
    leave: Callable[[asyncio.StreamWriter], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conditional, "MOST_WAIT_SECONDS", _LONG_SECONDS)
    account = await world.make_client()
    staying, *leaving = await _waiting(world, account, 20)

    for writer in leaving:
        leave(writer)
    try:
        await world.until_is(lambda: _followers(world, account) == 1)
        await world.make_bot(account)
        await world.until_is(lambda: _followers(world, account) == 0)
    finally:
        world.live.end()  # or the server would wait for them
    staying.transport.abort()


async def test_connection_on_which_was_waited_serves_the_next_request(world: World) -> None:
    """What looked for the end of the connection takes nothing from it."""
    account = await world.make_client()
    etag = (await world.poll(account)).headers["ETag"]
    headers = {"If-None-Match": etag, "Prefer": "wait=1"}
    first: Stream = await opened(world.api.origin, f"/bots?account={account}", headers)
    assert first.status == 304

    first.writer.write(f"GET /bots?account={account} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    assert (await first.raw(15)) == b"HTTP/1.1 200 OK"
    await first.close()

"""Callers that take their time, by the hundred: everybody else is answered.

BRIDGE_TEST_SLOW_CLIENTS says how many of each kind there are; the default is for every run.
"""

import asyncio
import os
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import aiohttp
import pytest
from tests.api.calls import Api, ok
from tests.api.inputs import bot_body
from tests.e2e.processes import BridgeProcess, bridge
from tests.live.world import World

from bridge.dead_peers import give_up_on_dead_peers

_EACH: Final = int(os.environ.get("BRIDGE_TEST_SLOW_CLIENTS", "60"))
_PATIENCE_SECONDS: Final = 30
_BOTS: Final = 100

_HALF_HEADER: Final = b"GET /bots HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
_HALF_BODY: Final = (
    b"POST /clients/create HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 1000\r\n\r\n{"
)


class _Slow:
    """A socket that takes as little as it can, and that nobody reads."""

    def __init__(self) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        self.socket.settimeout(0)

    async def send(self, port: int, request: bytes) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_connect(self.socket, ("127.0.0.1", port))
        await loop.sock_sendall(self.socket, request)

    async def rest(self) -> bytes:
        """Return what comes until the other side ends the connection."""
        loop = asyncio.get_running_loop()
        found = b""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            with suppress(ConnectionResetError):
                while chunk := await loop.sock_recv(self.socket, 65_536):
                    found += chunk
        return found

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])


@asynccontextmanager
async def _slow(port: int, request: bytes, count: int = 1) -> AsyncGenerator[list[_Slow]]:
    slow = [_Slow() for _ in range(count)]
    try:
        for each in slow:
            await each.send(port, request)
        yield slow
    finally:
        for each in slow:
            each.socket.close()


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


async def _long_list(api: Api) -> str:
    """Return an account whose list is long."""
    client = ok(await api.post("/clients/create", {"name": "Acme"}), 201)
    account = str(client["account_identifier"])
    for _ in range(_BOTS):
        ok(await api.post("/bots/create", bot_body(account=account, name="x" * 150)), 201)
    return account


async def _others_are_answered(api: Api, account: str) -> None:
    for path in (f"/bots?account={account}", "/health", "/clients", "/bots"):
        answers = await asyncio.gather(*(api.get(path) for _ in range(10)))
        assert {answer.status for answer in answers} == {200}, path
    ok(await api.post("/clients/create", {"name": "Among the slow"}), 201)


async def test_slow_clients_hold_nobody_up(
    tmp_path: Path, database_url: str, http: aiohttp.ClientSession
) -> None:
    async with bridge(
        tmp_path,
        DATABASE_URL=database_url,
        BRIDGE_BODY_SECONDS="5",
        BRIDGE_KEEP_ALIVE_SECONDS="5",
    ) as server:
        api = Api(http, server.url)
        account = await _long_list(api)
        port = _port(server.url)
        poll = f"GET /bots?account={account} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        async with (
            _slow(port, _HALF_HEADER, _EACH) as headers,
            _slow(port, _HALF_BODY, _EACH) as bodies,
            _slow(port, poll * 40, _EACH),
            _slow(port, poll.replace(b"/bots?", b"/bots/stream?"), _EACH),
        ):
            await _others_are_answered(api, account)
            for each in bodies:
                assert (await each.rest()).startswith(b"HTTP/1.1 408 ")
            for each in headers:
                assert await each.rest() == b""
            await _others_are_answered(api, account)

        assert await server.stop() == 0
        assert "Traceback" not in server.log


@pytest.fixture
async def brisk(tmp_path: Path, database_url: str) -> AsyncGenerator[BridgeProcess]:
    """A server that soon ends a connection on which no request comes."""
    async with bridge(tmp_path, DATABASE_URL=database_url, BRIDGE_KEEP_ALIVE_SECONDS="1") as brisk:
        yield brisk


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"GET /health HTT", id="half a line"),
        pytest.param(_HALF_HEADER, id="half a header"),
        pytest.param(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\nGET", id="a second one"),
    ],
)
async def test_connection_on_which_no_request_comes_is_ended(
    brisk: BridgeProcess, request_: bytes
) -> None:
    async with _slow(_port(brisk.url), request_) as (client,):
        answer = await client.rest()

    assert answer.count(b"HTTP/1.1 ") == request_.count(b"\r\n\r\n")


@pytest.mark.parametrize("name", ["X-Long: ", "Cookie: ", "If-None-Match: ", "Authorization: "])
async def test_headers_without_end_are_refused(brisk: BridgeProcess, name: str) -> None:
    async with _slow(_port(brisk.url), b"GET /bots HTTP/1.1\r\n" + name.encode()) as (client,):
        loop = asyncio.get_running_loop()
        sent = 0
        with suppress(ConnectionResetError, BrokenPipeError):
            while sent < 8_000_000:
                await asyncio.wait_for(loop.sock_sendall(client.socket, b"x" * 65_536), 10)
                sent += 65_536
        assert sent < 8_000_000
    assert (await brisk.ask("GET", "/health/live")).status == 200


async def test_headers_of_thirty_kilobytes_are_taken(brisk: BridgeProcess) -> None:
    """As single sign-on in front may send."""
    cookie = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"x" * 30_000
    async with _slow(_port(brisk.url), cookie + b"\r\n\r\n") as (client,):
        assert (await client.rest()).startswith(b"HTTP/1.1 200 ")


def _is_open(server_port: int, client_port: int) -> bool:
    """Whether the server's side of a connection is there, as Linux has it."""
    wanted = (server_port, client_port, "01")
    lines = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    for _, local, remote, state, *_ in (line.split() for line in lines):
        ports = [int(each.rpartition(":")[2], 16) for each in (local, remote)]
        if (*ports, state) == wanted:
            return True
    return False


async def test_kernel_gives_up_callers_that_take_nothing_and_no_others(world: World) -> None:
    account = await _long_list(world.api)
    bot = (await world.poll(account)).json["bots"][0]
    port = _port(world.api.origin)
    give_up_on_dead_peers(0.5)
    stream = f"GET /bots/stream?account={account} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    idle = await world.stream("client_nobody")
    async with _slow(port, stream) as (deaf,), _slow(port, stream) as (slow,):
        turn = 0
        while _is_open(port, deaf.port):
            turn += 1
            await world.rename(bot, f"turn {turn}")
            await asyncio.get_running_loop().sock_recv(slow.socket, 2_000)

        assert _is_open(port, slow.port)
        await world.until_is(lambda: len(world.live.streams) == 2)
    assert (await idle.event()).json["bots"] == []

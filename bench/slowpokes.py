"""Clients that hold a server's connections and hardly use them, in a process of their own.

A third never ends its head, a third never ends its body, and the rest ask for much and never read.
One that the server drops comes again. They go on until standard input ends; one line of JSON says
that all are there, and a last one what became of them.
"""

import asyncio
import socket
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Literal

import msgspec
import uvloop

_STEP_SECONDS: Final = 2.0  # between two bytes
_AGAIN_SECONDS: Final = 0.2
_AT_ONCE: Final = 100
_SMALL: Final = 2_304  # the least receive buffer that Linux gives
_REQUESTS: Final = 60  # pipelined; their answers fill every buffer on the way


Kind = Literal["head", "body", "reader"]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What the clients came to, by their kind.

    Attributes:
        open: Connections that are held.
        dropped: How often the server ended one.
    """

    open: dict[str, int]
    dropped: dict[str, int]


_HEAD_LEFT_OPEN: Final = "X-Slow: "
_BODY_LEFT_OPEN: Final = "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"


class _Slowpokes:
    """All of them."""

    def __init__(self, port: int, path: str, headers: Sequence[str]) -> None:
        self._port = port
        lines = "".join(f"{line}\r\n" for line in ("Host: 127.0.0.1", *headers))
        get, post = f"GET {path} HTTP/1.1\r\n{lines}", f"POST /bots/create HTTP/1.1\r\n{lines}"
        self.texts: dict[Kind, bytes] = {
            "head": f"{get}{_HEAD_LEFT_OPEN}".encode(),
            "body": f"{post}{_BODY_LEFT_OPEN}".encode(),
            "reader": f"{get}\r\n".encode() * _REQUESTS,
        }
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self.open: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()

    async def hold(self, kind: Kind) -> None:
        """Hold one connection for ever."""
        while True:
            with suppress(OSError):
                async with self._slots:
                    connection = await self._connect()
                with connection:
                    self.open[kind] += 1
                    try:
                        await self._dawdle(kind, connection)
                    finally:
                        self.open[kind] -= 1
            self.dropped[kind] += 1
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _connect(self) -> socket.socket:
        connection = socket.socket()
        try:
            connection.setblocking(False)  # noqa: FBT003 - the library's own
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL)
            await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", self._port))
        except BaseException:
            connection.close()
            raise
        return connection

    async def _dawdle(self, kind: Kind, connection: socket.socket) -> None:
        """Send a byte now and then, or read none at all, until the server ends it."""
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(connection, self.texts[kind])
        while not _has_ended(connection):
            await asyncio.sleep(_STEP_SECONDS)
            if kind != "reader":
                await loop.sock_sendall(connection, b"x")


def _has_ended(connection: socket.socket) -> bool:
    """Whether the other side has closed; what it sent stays unread."""
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False


async def dawdle(port: int, count: int, path: str, headers: Sequence[str]) -> None:
    """Hold so many connections until standard input ends."""
    pokes = _Slowpokes(port, path, headers)
    kinds = list(pokes.texts)
    tasks = [asyncio.create_task(pokes.hold(kinds[n % len(kinds)])) for n in range(count)]
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)
    while pokes.open.total() < count and not ended.done():  # noqa: ASYNC110 - counts, not events
        await asyncio.sleep(0.05)
    pokes.dropped.clear()
    _say(pokes)
    await ended
    _say(pokes)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def _say(pokes: _Slowpokes) -> None:
    held = Held(open=dict(pokes.open), dropped=dict(pokes.dropped))
    sys.stdout.write(msgspec.json.encode(held).decode() + "\n")
    sys.stdout.flush()


def main() -> None:
    """Dawdle as the command line says: port, clients, path, header lines."""
    port, count, path, *headers = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(dawdle(int(port), int(count), path, headers))


if __name__ == "__main__":
    main()

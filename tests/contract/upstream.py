"""A server over a real socket that does with each request what a test ordered."""

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

Deed = Callable[["Received", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Received:
    """One request as it came.

    Attributes:
        target: Path and query, encoded as it was sent.
        headers: By lower-case name.
        on_connection: How many requests this connection had brought before.
    """

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    on_connection: int


class Upstream:
    """Answers each request with the next deed of `deeds`, and with the last one ever after.

    Attributes:
        received: Every request, in the order in which they came.
        released: Set it to let everything go on that waits.
        gone: Set when a client has closed a connection.
    """

    def __init__(self) -> None:
        self.deeds: list[Deed] = [answer(200, {})]
        self.received: list[Received] = []
        self.arrived = asyncio.Event()
        self.released = asyncio.Event()
        self.gone = asyncio.Event()
        self._scheme = "http"
        self._port = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{self._scheme}://127.0.0.1:{self._port}"

    @property
    def calls(self) -> list[str]:
        """Method and target of every request."""
        return [f"{each.method} {each.target}" for each in self.received]

    @classmethod
    @asynccontextmanager
    async def listening(cls, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Self]:
        """Listen on a free port of the loopback until the block ends."""
        upstream = cls()
        server = await asyncio.start_server(upstream._accept, "127.0.0.1", 0, ssl=tls)
        upstream._port = server.sockets[0].getsockname()[1]
        upstream._scheme = "https" if tls else "http"
        try:
            yield upstream
        finally:
            upstream.released.set()
            server.close()
            for task in list(upstream._tasks):
                task.cancel()
            await asyncio.gather(*upstream._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            self.gone.set()
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = 0
        while not writer.is_closing():
            head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
            first, *lines = head.strip().split("\r\n")
            method, target, _ = first.split(" ")
            headers = {
                name.lower(): value for name, value in (line.split(": ", 1) for line in lines)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            request = Received(method, target, headers, body, number)
            number += 1
            self.received.append(request)
            self.arrived.set()
            deed = self.deeds.pop(0) if len(self.deeds) > 1 else self.deeds[0]
            await deed(request, writer)


def answer(status: int, body: object, **headers: str) -> Deed:
    """Answer with JSON, or with bytes as they are."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def deed(_request: Received, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} Because", f"Content-Length: {len(content)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        await writer.drain()

    return deed


def raw(content: bytes) -> Deed:
    """Write these bytes, whatever they are, and close the connection."""

    async def deed(_request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        await writer.drain()
        writer.close()

    return deed


def reset() -> Deed:
    """Tear the connection down without an answer."""

    async def deed(_request: Received, writer: asyncio.StreamWriter) -> None:
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return deed


def endless(chunk: bytes) -> Deed:
    """Send a body without an end, in chunks, until the client has had enough."""

    async def deed(_request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            await writer.drain()

    return deed


def after(event: asyncio.Event, deed: Deed) -> Deed:
    """Wait for an event before the deed."""

    async def waiting(request: Received, writer: asyncio.StreamWriter) -> None:
        await event.wait()
        await deed(request, writer)

    return waiting

"""HTTP on bare sockets, so that every byte of an answer is there to be looked at."""

import asyncio
import json
import zlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

PATIENCE_SECONDS: Final = 60.0
_BODILESS: Final = frozenset({204, 304})
_MOST_BYTES: Final = 2**26


class Request(NamedTuple):
    """What is sent."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    def encoded(self, host: str) -> bytes:
        """Return the bytes that go out."""
        lines = [f"{self.method} {self.target} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body or self.method not in ("GET", "HEAD", "OPTIONS"):
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


class Reply(NamedTuple):
    """What came back.

    Attributes:
        head: The status line and all headers, as they came.
        body: Without what its way needed: chunks and compression.
    """

    status: int
    head: bytes
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> bytes:
        """All of it."""
        return self.head + self.body

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON of any shape
        """What the body says; None when it is no JSON."""
        return json.loads(self.body) if "json" in self.headers.get("content-type", "") else None


class ClosedError(Exception):
    """The server has ended the connection instead of answering."""


class Line:
    """One connection, made anew whenever the server has ended it.

    Args:
        origin: Of the server.
    """

    def __init__(self, origin: str) -> None:
        place = urlsplit(origin)
        self._host, self._port = place.hostname, place.port
        self._name = place.netloc
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, request: Request) -> Reply:
        """Send a request and return the whole answer.

        Raises:
            ClosedError: There was none.
        """
        async with asyncio.timeout(PATIENCE_SECONDS):
            status, head, headers = await self.begin(request)
            if request.method == "HEAD" or status in _BODILESS:
                body = b""
            elif headers.get("transfer-encoding") == "chunked":
                body = b"".join([chunk async for chunk in self])
            else:
                assert self._ends is not None
                body = await self._ends[0].readexactly(int(headers.get("content-length", "0")))
        if headers.get("content-encoding") == "gzip" and body:
            body = zlib.decompress(body, wbits=31)
        if headers.get("connection") == "close":
            self.close()
        return Reply(status, head, headers, body)

    async def begin(self, request: Request) -> tuple[int, bytes, Mapping[str, str]]:
        """Send a request and return status and head of its answer; the body is to be read.

        Raises:
            ClosedError: There was none.
        """
        is_fresh = self._ends is None
        try:
            head = await self._exchange(request)
        except (asyncio.IncompleteReadError, ConnectionError) as exc:
            self.close()
            if is_fresh:
                raise ClosedError from exc
            # It was ended while nothing was asked on it.
            return await self.begin(request)
        lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines[1:] if line)
        }
        return int(lines[0].split(" ")[1]), head, headers

    async def _exchange(self, request: Request) -> bytes:
        if self._ends is None:
            self._ends = await asyncio.open_connection(self._host, self._port, limit=_MOST_BYTES)
        reader, writer = self._ends
        writer.write(request.encoded(self._name))
        return await reader.readuntil(b"\r\n\r\n")

    def __aiter__(self) -> "Line":
        """Read the chunks of the answer that has begun."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next chunk."""
        assert self._ends is not None
        reader = self._ends[0]
        size = int((await reader.readuntil(b"\r\n"))[:-2], 16)
        chunk = (await reader.readexactly(size + 2))[:-2]
        if not size:
            raise StopAsyncIteration
        return chunk

    def close(self) -> None:
        """Break the connection off."""
        if self._ends is not None:
            self._ends[1].transport.abort()
            self._ends = None


def encode(body: object) -> bytes:
    """Return a body as JSON; None is none."""
    return b"" if body is None else json.dumps(body).encode()

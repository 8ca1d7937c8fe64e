"""A reader of Server-Sent Events on a bare socket, which sees every byte that a browser would."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple, cast
from urllib.parse import urlsplit

import msgspec

_PATIENCE_SECONDS: Final = 30.0


class Event(NamedTuple):
    """One block of a stream.

    Attributes:
        name: Of the event; empty for a block that only comments or sets the retry time.
        id: Empty when there was none.
        data: The bytes of all data lines.
        raw: The whole block without the blank line that ends it.
    """

    name: str
    id: str
    data: bytes
    raw: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON of any shape
        """What the data says."""
        return msgspec.json.decode(self.data)


class Stream:
    """An answer that is read as it comes.

    Attributes:
        status: Of the answer.
        headers: Names in lower case.
        writer: The socket, for those who break it.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes
    ) -> None:
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ")[1])
        self.headers: dict[str, str] = {}
        for line in filter(None, lines[1:]):
            name, _, value = line.partition(":")
            before = self.headers.get(name.lower())
            self.headers[name.lower()] = f"{before}, {value.strip()}" if before else value.strip()
        self.writer = writer
        self._reader = reader
        self._text = b""
        self._has_ended = False

    async def block(self) -> Event:
        """Return the next block, a comment too."""
        while b"\n\n" not in self._text:
            assert await self._more(), f"the stream ended in {self._text!r}"
        raw, _, self._text = self._text.partition(b"\n\n")
        return _parsed(raw)

    async def event(self) -> Event:
        """Return the next event, past comments."""
        while not (found := await self.block()).name:
            pass
        return found

    async def until_shown(self, is_so: Callable[[Any], bool]) -> Event:
        """Return the first event whose data is as wanted."""
        while not is_so((found := await self.event()).json):
            pass
        return found

    async def until_named(self, name: str) -> Event:
        """Return the first event in which the first bot has this name."""

        def has_name(said: Any) -> bool:  # noqa: ANN401 - JSON
            return [each["name"] for each in said["bots"][:1]] == [name]

        return await self.until_shown(has_name)

    async def rest(self) -> bytes:
        """Return what comes until the answer is complete, as chunked encoding has it."""
        while await self._more():
            pass
        return self._text

    async def raw(self, count: int) -> bytes:
        """Return so many bytes as they are."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await self._reader.readexactly(count)

    async def is_cut(self) -> bool:
        """Read until the connection ends; whether that was in the middle of the answer."""
        try:
            while await self._more():
                pass
        except (asyncio.IncompleteReadError, ConnectionResetError):
            return True
        return False

    def pause(self) -> None:
        """Read nothing more from the socket."""
        cast("asyncio.ReadTransport", self.writer.transport).pause_reading()

    def resume(self) -> None:
        """Read again."""
        cast("asyncio.ReadTransport", self.writer.transport).resume_reading()

    async def leave(self) -> None:
        """Close the connection as a browser does."""
        self.writer.close()
        await self.writer.wait_closed()

    async def close(self) -> None:
        """Break the connection off."""
        self.writer.transport.abort()

    async def _more(self) -> bool:
        if self._has_ended:
            return False
        async with asyncio.timeout(_PATIENCE_SECONDS):
            size = int((await self._reader.readuntil(b"\r\n"))[:-2], 16)
            chunk = await self._reader.readexactly(size + 2)
        assert chunk[-2:] == b"\r\n"
        self._text += chunk[:-2]
        self._has_ended = size == 0
        return not self._has_ended


async def opened(
    origin: str, target: str, headers: Mapping[str, str], method: str = "GET"
) -> Stream:
    """Send a request and return its answer once the head is there."""
    place = urlsplit(origin)
    reader, writer = await asyncio.open_connection(place.hostname, place.port, limit=2**24)
    lines = [f"{method} {target} HTTP/1.1", f"Host: {place.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
    async with asyncio.timeout(_PATIENCE_SECONDS):
        head = await reader.readuntil(b"\r\n\r\n")
    return Stream(reader, writer, head)


@asynccontextmanager
async def many(origin: str, target: str, count: int) -> AsyncGenerator[list[Stream]]:
    """Open streams, and break off what is left of them in the end."""
    streams: list[Stream] = []
    try:
        for _ in range(count):
            streams.append(await opened(origin, target, {}))  # noqa: PERF401 - closed on the way
        yield streams
    finally:
        for stream in streams:
            await stream.close()


def _parsed(raw: bytes) -> Event:
    fields: dict[str, list[bytes]] = {}
    for line in raw.split(b"\n"):
        name, _, value = line.partition(b":")
        fields.setdefault(name.decode(), []).append(value.removeprefix(b" "))
    return Event(
        name=b"".join(fields.get("event", [])).decode(),
        id=b"".join(fields.get("id", [])).decode(),
        data=b"\n".join(fields.get("data", [])),
        raw=raw,
    )

"""Thousands of readers of one stream, in a process of their own.

Commands come as lines of standard input, answers go out as lines of JSON. First all readers are
connected and have had their first event: `Connected`. Then each line is a marker, and `Reached`
says when every reader had received it, by the clock that all processes share.
"""

import asyncio
import sys
import time
from contextlib import suppress
from typing import Final, cast

import msgspec
import uvloop
from bench.spread import percentile

_AT_ONCE: Final = 200
_FIRST_SECONDS: Final = 60.0
_SEEN_SECONDS: Final = 120.0  # from when the marker is waited for, a burst of changes included
_BUFFER: Final = 65_536
_GOOD: Final = b"HTTP/1.1 200 "
_STREAM: Final = b"text/event-stream"
_FIELDS: Final = (b"event: bots\n", b"\nid: ")
_DATA: Final = b"\ndata: "
_MOST_FIRST_BYTES: Final = 1_000_000
_EVENT_END: Final = b"\n\n"


class Connected(msgspec.Struct, frozen=True, kw_only=True):
    """How it began.

    Attributes:
        readers: How many had a whole first event.
        problem: What one of the others got instead.
    """

    readers: int
    problem: str


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """When a marker was there, in seconds of the monotonic clock; 0 where nobody has seen it."""

    seen: int
    broken: int
    median_at: float
    last_at: float


class Crowd:
    """All readers, and what they wait for."""

    def __init__(self, request: bytes, count: int) -> None:
        self.request = request
        self.memory = bytearray(_BUFFER)  # one for all: only one reads at a time
        self.marker = b"\0never\0"
        self.seen_at: list[float] = []
        self.broken = 0
        self.begun = 0
        self.problem = ""
        self.count = count
        self.settled = asyncio.Event()

    def expect(self, marker: bytes) -> None:
        """Wait for another marker."""
        self.marker = marker
        self.seen_at = []
        self.settled.clear()

    def begin(self, problem: str = "") -> None:
        """Note that one more has had its first event, or something else."""
        if problem:
            self.problem = problem
        else:
            self.begun += 1
        if self.problem or self.begun == self.count:
            self.settled.set()

    def see(self) -> None:
        """Note that one more has the marker."""
        self.seen_at.append(time.monotonic())
        self._check()

    def lose(self) -> None:
        """Note that one more has lost its stream."""
        self.broken += 1
        self._check()

    def _check(self) -> None:
        if len(self.seen_at) + self.broken >= self.count:
            self.settled.set()

    async def settle(self, seconds: float) -> None:
        """Wait until all have what they wait for, but not for ever."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.settled.wait()


class Reader(asyncio.BufferedProtocol):
    """One stream."""

    __slots__ = ("_crowd", "_first", "_tail", "seen")

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._first: bytes | None = b""  # what came up to the end of the first event
        self._tail = b""
        self.seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        cast("asyncio.Transport", transport).write(self._crowd.request)

    def get_buffer(self, sizehint: int) -> bytearray:
        """Return the memory that everybody reads into."""
        del sizehint
        return self._crowd.memory

    def buffer_updated(self, nbytes: int) -> None:
        """Look for the marker, which may lie across two reads."""
        data = bytes(memoryview(self._crowd.memory)[:nbytes])
        if self._first is not None:
            self._begin(self._first + data)
        marker = self._crowd.marker
        if self.seen is marker:
            return
        if marker in self._tail + data:
            self.seen = marker
            self._tail = b""
            self._crowd.see()
        else:
            self._tail = (self._tail + data)[-len(marker) :]

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it: no stream ends while it is measured."""
        self._crowd.lose()
        if self._first is not None:
            self._crowd.begin(_first_line(self._first) or str(exc or "it was closed"))

    def _begin(self, received: bytes) -> None:
        self._first = received
        head, _, events = received.partition(b"\r\n\r\n")
        if not received.startswith(_GOOD[: len(received)]):
            self._crowd.begin(_first_line(received))
        elif _is_whole(head.lower(), events):
            self._first = None
            self._crowd.begin()
        elif len(received) > _MOST_FIRST_BYTES:
            self._crowd.begin("no event came with type, id and data")


def _is_whole(head: bytes, events: bytes) -> bool:
    """Whether a stream has brought an event with its type, its id and all of its data."""
    fields, _, data = events.partition(_DATA)
    return _STREAM in head and all(each in fields for each in _FIELDS) and _EVENT_END in data


def _first_line(received: bytes) -> str:
    return received.partition(b"\r\n")[0].decode("latin-1")


async def _connect(crowd: Crowd, port: int) -> None:
    loop = asyncio.get_running_loop()
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one() -> None:
        async with slots:
            await loop.create_connection(lambda: Reader(crowd), "127.0.0.1", port)

    async with asyncio.TaskGroup() as group:
        for _ in range(crowd.count):
            group.create_task(one())
    await crowd.settle(_FIRST_SECONDS)


async def _reach(crowd: Crowd) -> Reached:
    await crowd.settle(_SEEN_SECONDS)
    times = crowd.seen_at
    return Reached(
        seen=len(times),
        broken=crowd.broken,
        median_at=percentile(times, 50) if times else 0.0,
        last_at=max(times, default=0.0),
    )


def _say(what: msgspec.Struct) -> None:
    sys.stdout.write(msgspec.json.encode(what).decode() + "\n")
    sys.stdout.flush()


async def read(port: int, count: int, request: bytes) -> None:
    """Open the streams, and answer commands until standard input ends."""
    loop = asyncio.get_running_loop()
    crowd = Crowd(request, count)
    await _connect(crowd, port)
    _say(Connected(readers=crowd.begun, problem=crowd.problem))
    while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
        crowd.expect(line.strip())
        _say(Connected(readers=crowd.begun, problem=crowd.problem))
        _say(await _reach(crowd))


def main() -> None:
    """Read as the command line says: port, readers, then the request's lines."""
    port, count, *lines = sys.argv[1:]
    request = "\r\n".join([*lines, "", ""]).encode()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(read(int(port), int(count), request))


if __name__ == "__main__":
    main()

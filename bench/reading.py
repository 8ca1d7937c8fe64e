"""The readers of `bench.readers`, from the side of whoever makes the changes."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

import msgspec
from bench.load import LoadError
from bench.readers import Connected, Reached

_STOP_SECONDS: Final = 10.0
_ANSWER_SECONDS: Final = 150.0


class Shown(NamedTuple):
    """When a change was known, from a moment on.

    Attributes:
        seen: By how many readers.
    """

    seen: int
    median_ms: float
    last_ms: float


class Reading:
    """All readers."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def expect(self, marker: str) -> None:
        """Have all readers wait for this text; returns when they do."""
        if self._process.stdin is not None:
            self._process.stdin.write(marker.encode() + b"\n")
            await self._process.stdin.drain()
        await self.line()

    async def reached(self, since: float) -> Shown:
        """Return when it was there, in milliseconds after ``since`` by the monotonic clock.

        Raises:
            LoadError: Nobody has seen it.
        """
        found = msgspec.json.decode(await self.line(), type=Reached)
        if not found.seen:
            raise LoadError(f"No reader saw a change; {found.broken} streams are broken.")
        return Shown(
            found.seen, (found.median_at - since) * 1000, max(0.0, found.last_at - since) * 1000
        )

    async def line(self) -> bytes:
        """Return what the readers say next.

        Raises:
            LoadError: They say nothing any more.
        """
        line = b""
        if self._process.stdout is not None:
            async with asyncio.timeout(_ANSWER_SECONDS):
                line = await self._process.stdout.readline()
        if not line:
            raise LoadError("The readers ended; see the lines above.")
        return line


@asynccontextmanager
async def reading(port: int, count: int, lines: Sequence[str]) -> AsyncGenerator[Reading]:
    """Have so many readers of a stream while the block runs; all have had their first event.

    Raises:
        LoadError: They were not given streams.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.readers", str(port), str(count), *lines),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        readers = Reading(process)
        begun = msgspec.json.decode(await readers.line(), type=Connected)
        if begun.readers != count:
            raise LoadError(f"Only {begun.readers} of {count} streams began: {begun.problem}")
        yield readers
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

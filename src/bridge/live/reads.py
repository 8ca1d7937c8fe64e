"""Live reads as a whole: what answers them, and what runs beside to keep them true."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from litestar.types import ASGIApp

from bridge.db.dsn import Dsn
from bridge.db.pool import Database
from bridge.errors import ConfigurationError
from bridge.live.cache import Cache, Loader
from bridge.live.entries import Bounds
from bridge.live.feed import Feed
from bridge.live.polls import Polls
from bridge.live.streams import Pace, Streams

_AGE_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Source:
    """Where the answers come from.

    Attributes:
        database: What tells of this process's own writes.
        load: Reads a list of bots.
        direct: The database for the feed, or why that is not known.
        hints: Whether others notify of their writes.
    """

    database: Database
    load: Loader
    direct: Dsn | ConfigurationError
    hints: bool


class LiveReads:
    """Polls and streams over one cache.

    Args:
        app: What answers everything else.
        bounds: How much is held.
        speed: By how much the lifecycle's times are shortened.
        pace: How readers of streams are treated.
        is_on: Whether polls are answered from memory; streams always are.

    Attributes:
        app: Polls and streams, then the rest; asked for when the gate has let a request in.
        cache: The snapshots.
        streams: Who reads them as they come.
    """

    def __init__(
        self, app: ASGIApp, bounds: Bounds, speed: float, pace: Pace, *, is_on: bool
    ) -> None:
        self.cache = Cache(bounds, speed)
        self.streams = Streams(app, self.cache, pace)
        self._polls = Polls(self.streams, self.cache)
        self.app: ASGIApp = self._polls if is_on else self.streams

    def end(self) -> None:
        """Answer those who wait and end the streams: the server is about to stop."""
        self._polls.close()
        self.streams.close()

    @asynccontextmanager
    async def running(self, source: Source) -> AsyncGenerator[None]:
        """Keep the cache true while the block runs."""
        self.cache.open(source.load)
        source.database.follow(self.cache.touch)
        tasks = [asyncio.create_task(self.streams.run()), asyncio.create_task(self._age())]
        if isinstance(source.direct, Dsn):
            feed = Feed(source.direct, self.cache, hints=source.hints)
            tasks.append(asyncio.create_task(feed.run()))
        try:
            yield
        finally:
            self.end()
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await self.cache.close()

    async def _age(self) -> None:
        """Let states grow old, also while nothing is heard of the database; for ever."""
        while True:
            self.cache.tick()
            await asyncio.sleep(_AGE_SECONDS)

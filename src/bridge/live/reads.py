"""Live reads as a whole: what answers them, and what runs beside to keep them true."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from litestar.types import ASGIApp, Receive, Scope, Send

from bridge.access.gate import STREAM_PATH, Policy
from bridge.background import in_background
from bridge.db.dsn import Dsn
from bridge.db.pool import Database
from bridge.errors import ConfigurationError
from bridge.live.cache import Cache
from bridge.live.feed import Feed
from bridge.live.flights import Loader
from bridge.live.polls import Polls
from bridge.live.streams import Pace, Streams
from bridge.live.urls import POLL_PATH

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
        cache: Empty yet.
        policy: Who may read, for how long, and how many streams at once.
        pace: How readers of streams are treated.
        is_on: Whether polls are answered from memory; streams always are.

    Attributes:
        cache: The snapshots.
        streams: Who reads them as they come.
    """

    def __init__(
        self, app: ASGIApp, cache: Cache, policy: Policy, pace: Pace, *, is_on: bool
    ) -> None:
        self.cache = cache
        self.streams = Streams(app, cache, policy, pace)
        self._polls = Polls(app, cache, policy.principals)
        self._rest = app
        self._is_on = is_on

    def app(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Handle one connection; no coroutine of its own, which a stream would hold."""
        if scope["type"] == "http":
            path = scope["path"]
            if path == STREAM_PATH:
                return self.streams(scope, receive, send)
            if path == POLL_PATH and self._is_on:
                return self._polls(scope, receive, send)
        return self._rest(scope, receive, send)

    def end(self) -> None:
        """Answer those who wait and end the streams: the server is about to stop."""
        self._polls.close()
        self.streams.close()

    @asynccontextmanager
    async def running(self, source: Source) -> AsyncGenerator[None]:
        """Keep the cache true while the block runs."""
        self.cache.open(source.load)
        source.database.follow(self.cache.touch)
        works = {"heartbeats": self.streams.run, "ages": self._age}
        if isinstance(source.direct, Dsn):
            works["feed"] = Feed(source.direct, self.cache, hints=source.hints).run
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.cache.close)
            await stack.enter_async_context(in_background(works))
            stack.callback(self.end)
            yield

    async def _age(self) -> None:
        """Let states grow old, also while nothing is heard of the database; for ever."""
        while True:
            self.cache.tick()
            await asyncio.sleep(_AGE_SECONDS)

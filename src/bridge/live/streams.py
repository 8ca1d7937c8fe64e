"""GET /bots/stream: the bots again each time when they have changed, as Server-Sent Events.

A reader that is idle costs one coroutine, which waits for the end of its connection; what is sent
to it, whoever has something to send starts. A reader that takes its time is sent the newest state
only, so no more than one event waits for it; one that takes too long is cut, and comes back by
itself.
"""

import asyncio
import itertools
import random
import time
from typing import Final

from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from bridge.access.caller import scoped
from bridge.access.gate import STREAM_PATH
from bridge.access.origins import Headers
from bridge.access.principals import Principals
from bridge.access.roles import RULES, reader_of
from bridge.asgi import refuse
from bridge.errors import BridgeError, FieldError, RuleError
from bridge.live.cache import Cache
from bridge.live.readers import Reader
from bridge.live.urls import NotHeld, account_of

BEAT_SECONDS: Final = 15
SLOW_SECONDS: Final = 10.0
_RULE: Final = RULES[f"GET {STREAM_PATH}"]
_RETRY_MS: Final = 2_000
# After a restart, so that not all readers come back in the same moment.
_LATEST_RETRY_MS: Final = 10_000
_HEADERS: Final[Headers] = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"vary", b"Authorization"),
    (b"x-accel-buffering", b"no"),  # nginx would hold events back
]


class Streams:
    """The readers of this process.

    Args:
        app: Everything else.
        cache: The snapshots.
        principals: Who may read, and for how long.
    """

    def __init__(self, app: ASGIApp, cache: Cache, principals: Principals) -> None:
        self._app = app
        self._cache = cache
        self._principals = principals
        self._places: tuple[set[Reader], ...] = tuple(set() for _ in range(BEAT_SECONDS))
        self._numbers = itertools.count()
        self._is_closing = False

    async def run(self) -> None:
        """Send heartbeats and cut the slow until cancelled, each second to one place of readers."""
        for place in itertools.cycle(self._places):
            for readers in self._places:
                for reader in list(readers):
                    if reader.is_slow(time.monotonic() - SLOW_SECONDS):
                        reader.cut()
            for reader in list(place):
                reader.beat()
            await asyncio.sleep(1)

    def close(self) -> None:
        """End all streams, and take no more."""
        self._is_closing = True
        for readers in self._places:
            for reader in list(readers):
                reader.end(random.randint(_RETRY_MS, _LATEST_RETRY_MS))  # noqa: S311 - jitter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream, or pass on."""
        if scope["type"] != "http" or scope["path"] != STREAM_PATH or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        try:
            await self._stream(scope, receive, send)
        except BridgeError as error:
            await refuse(send, error, str(scope["state"]["request_id"]), [])

    async def _stream(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        principal = reader_of(scope, _RULE)
        asked = account_of(scope["query_string"])
        if isinstance(asked, NotHeld):
            problem = "must be one account identifier; a stream takes nothing else"
            raise RuleError(FieldError("account", problem))
        account = scoped(asked, principal.account)
        reader = Reader(send, dict(scope["headers"]).get(b"last-event-id", b""))
        place = self._places[next(self._numbers) % BEAT_SECONDS]
        # Followed first, read then: a change in between is not missed.
        self._cache.follow(account, reader)
        place.add(reader)
        unwatch = self._principals.watch(principal, reader.cut)
        try:
            served = await self._cache.get(account)
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await reader.open(b"retry: %d\n\n" % _RETRY_MS, served.snapshot)
            if self._is_closing:
                reader.end(_RETRY_MS)
            await reader.until_gone(receive)
        finally:
            unwatch()
            place.discard(reader)
            self._cache.unfollow(account, reader)
            reader.close()

"""GET /bots/stream: the bots again each time when they have changed, as Server-Sent Events.

A reader that is idle costs one coroutine, which waits for the end of its connection; what is sent
to it, whoever has something to send starts. A reader that takes its time is sent the newest state
only, so no more than one event waits for it; one that takes too long is cut, and comes back by
itself.
"""

import asyncio
import itertools
import math
import random
import time
from dataclasses import dataclass
from typing import Final, cast

from litestar.types import ASGIApp, HTTPScope, Receive, Send

from bridge.access.caller import scoped
from bridge.access.gate import STREAM_PATH, Policy
from bridge.access.guards import reader_of
from bridge.access.origins import Headers
from bridge.access.principal import Principal
from bridge.access.roles import RULES
from bridge.asgi import refuse
from bridge.errors import BridgeError, FieldError, RuleError
from bridge.live.cache import Cache
from bridge.live.readers import RETRY_MS, Reader
from bridge.live.urls import NotHeld, account_of

_RULE: Final = RULES[f"GET {STREAM_PATH}"]
_PLACES: Final = 15
# After a restart, so that not all readers come back in the same moment.
_LATEST_RETRY_MS: Final = 10_000
# At the end, for what is being sent.
_FAREWELL_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How readers are treated.

    Attributes:
        beat_seconds: From one heartbeat to the next.
        slow_seconds: How long a reader may take to take something.
    """

    beat_seconds: float = 15.0
    slow_seconds: float = 10.0


class Streams:
    """The readers of this process.

    Args:
        app: Everything else.
        cache: The snapshots.
        policy: Who may read, for how long, and how many streams at once.
        pace: How readers are treated.
    """

    def __init__(self, app: ASGIApp, cache: Cache, policy: Policy, pace: Pace) -> None:
        self._app = app
        self._cache = cache
        self._principals = policy.principals
        self._limiter = policy.limiter
        self._pace = pace
        # So that heartbeats are spread over the time between two of them.
        self._places: tuple[set[Reader], ...] = tuple(set() for _ in range(_PLACES))
        self._numbers = itertools.count()
        self._is_closing = False

    def __len__(self) -> int:
        """Return how many are open."""
        return sum(len(readers) for readers in self._places)

    async def run(self) -> None:
        """Send heartbeats, to one place of readers after the other, and cut the slow; for ever."""
        for place in itertools.cycle(self._places):
            self._cut_slow(time.monotonic() - self._pace.slow_seconds)
            for reader in list(place):
                reader.beat()
            await asyncio.sleep(self._pace.beat_seconds / _PLACES)

    def close(self) -> None:
        """End all streams, and take no more."""
        if self._is_closing:
            return
        self._is_closing = True
        for reader in self._readers():
            reader.end(_retry_ms())
        loop = asyncio.get_running_loop()
        loop.call_later(_FAREWELL_SECONDS, self._cut_slow, math.inf)

    def _readers(self) -> list[Reader]:
        return [reader for readers in self._places for reader in readers]

    def _cut_slow(self, since: float) -> None:
        for reader in self._readers():
            if reader.is_slow(since):
                reader.cut()

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Stream, or pass on what does not read."""
        if scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        try:
            account, principal = _reading(scope)
            self._limiter.begin_stream(principal)
        except BridgeError as error:
            await _refuse(scope, send, error)
            return
        reader = Reader(send, dict(scope["headers"]).get(b"last-event-id", b""))
        place = self._places[next(self._numbers) % _PLACES]
        unwatch = self._principals.watch(principal, reader.cut)
        # Followed first, read then: a change in between is not missed.
        self._cache.follow(account, reader)
        place.add(reader)
        try:
            # No names for state and headers here: they would live as long as the stream.
            await reader.open(scope["state"], await self._cache.get(account))
            # The server holds the scope until the end, and these are half of what a reader costs.
            scope["headers"] = []
            scope["state"].clear()
            if self._is_closing:
                reader.end(_retry_ms())
            while (await receive())["type"] != "http.disconnect":
                pass
        except BridgeError as error:
            await _refuse(scope, send, error)
        except asyncio.CancelledError:
            if not reader.is_cut:
                raise
        finally:
            self._limiter.end_stream(principal)
            unwatch()
            place.discard(reader)
            self._cache.unfollow(account, reader)
            reader.close()


async def _refuse(scope: HTTPScope, send: Send, error: BridgeError) -> None:
    state = scope["state"]
    extra = cast("Headers", state["answer_headers"])
    await refuse(send, error, str(state["request_id"]), extra)


def _reading(scope: HTTPScope) -> tuple[str | None, Principal]:
    """Return whose bots are read, and by whom.

    Raises:
        AuthenticationError: By nobody.
        RoleError: By somebody who may not.
        RuleError: Something else is asked for.
    """
    principal = reader_of(scope, _RULE)
    asked = account_of(scope["query_string"])
    if isinstance(asked, NotHeld):
        problem = "must be one account identifier; a stream takes nothing else"
        raise RuleError(FieldError("account", problem))
    return scoped(asked, principal.account), principal


def _retry_ms() -> int:
    return random.randint(RETRY_MS, _LATEST_RETRY_MS)  # noqa: S311 - jitter

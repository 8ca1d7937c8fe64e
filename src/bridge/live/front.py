"""The outermost callable: answers a poll that needs no thought, and passes everything else on.

This is what thousands of browsers do all day, so it is written to be short rather than pretty: one
coroutine, no awaiting but the two messages, and nothing that the gate and `polls` do not decide
alike. Whatever is unusual about a request, it is theirs.
"""

import itertools
import secrets
import time
from collections.abc import Callable
from typing import Final

from litestar.types import ASGIApp, Receive, Scope, Send

from bridge.access.gate import Policy
from bridge.access.origins import Headers
from bridge.live.conditional import has_current
from bridge.live.encodings import takes_gzip
from bridge.live.reads import LiveReads

_READS: Final = frozenset({"GET", "HEAD"})
# How many spellings of a header are remembered; a sender who varies them is served all the same.
_MOST_SPELLINGS: Final = 256
_AGE_SECONDS: Final = 0.1


class Front:
    """Polls from memory.

    Args:
        app: Everything else.
        live: The snapshots.
        policy: Who may read.
        is_on: Whether polls are answered here at all.

    Attributes:
        at_start: Called once when the server starts the application.
        live: The snapshots, and who waits for them.
    """

    def __init__(self, app: ASGIApp, live: LiveReads, policy: Policy, *, is_on: bool) -> None:
        self.at_start: Callable[[], None] = _do_nothing
        self._app = app
        self.live = live
        self._cache = live.cache
        self._hot = live.cache.hot if is_on else {}
        self._policy = policy
        self._known = policy.keys.known
        self._cors: dict[bytes | None, Headers] = {
            None: policy.origins.answer_headers(None),
            **{each.encode(): policy.origins.answer_headers(each) for each in policy.origins.named},
        }
        self._hosts: dict[bytes | None, bool] = {}
        self._encodings: dict[bytes | None, bool] = {None: False}
        self._ids = itertools.count()
        self._boot = secrets.token_hex(6).encode()
        self._age: Headers = []
        self._age_until = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] != "http":
            self.at_start()  # the one other connection that there is: the lifespan
            await self._app(scope, receive, send)
            return
        if scope["path"] != "/bots" or scope["method"] not in _READS:
            await self._app(scope, receive, send)
            return
        snapshot = self._hot.get(scope["query_string"])
        if snapshot is None:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        cors = self._cors.get(headers.get(b"origin"))
        is_zipped = self._encodings.get(headers.get(b"accept-encoding"))
        if (
            cors is None
            or is_zipped is None
            or b"prefer" in headers
            or b"x-request-id" in headers
            or not self._known(headers.get(b"authorization"))
            or not self._hosts.get(headers.get(b"host"))
        ):
            self._learn(headers)
            await self._app(scope, receive, send)
            return
        snapshot.was_used = True
        now = time.monotonic()
        if now >= self._age_until:
            self._tell_age(now)
        mine = [*cors, *self._age, (b"x-request-id", b"%b-%x" % (self._boot, next(self._ids)))]
        wanted = headers.get(b"if-none-match")
        if wanted is not None and (wanted == snapshot.etag or has_current(wanted, snapshot.etag)):
            start = [*snapshot.not_modified, *mine]
            await send({"type": "http.response.start", "status": 304, "headers": start})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        shown = snapshot.compressed if is_zipped else snapshot.plain
        if shown is None:
            await self._app(scope, receive, send)
            return
        start = [*shown.headers, *mine]
        await send({"type": "http.response.start", "status": 200, "headers": start})
        await send({"type": "http.response.body", "body": shown.body, "more_body": False})

    def end(self) -> None:
        """End what would keep the server from stopping."""
        self.live.end()

    def forget(self) -> None:
        """Take everything that is held as changed."""
        self._cache.forget()

    def _learn(self, headers: dict[bytes, bytes]) -> None:
        """Remember what the next request may say again."""
        host = headers.get(b"host")
        if len(self._hosts) < _MOST_SPELLINGS:
            self._hosts[host] = self._policy.takes_host((host or b"").decode("latin-1"))
        encoding = headers.get(b"accept-encoding")
        if encoding is not None and len(self._encodings) < _MOST_SPELLINGS:
            self._encodings[encoding] = takes_gzip(encoding)

    def _tell_age(self, now: float) -> None:
        age = self._cache.look_age()
        self._age = [] if age is None else [age]
        self._age_until = now + _AGE_SECONDS


def _do_nothing() -> None:
    """Nothing is to be done when the server starts."""

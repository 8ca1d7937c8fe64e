"""The outermost callable: answers a poll that needs no thought, and passes everything else on.

This is what thousands of browsers do all day, so it is written to be short rather than pretty: one
coroutine, no awaiting but the two messages, and nothing that the gate and `polls` do not decide
alike. Whatever is unusual about a request, it is theirs.
"""

import itertools
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from bridge.access.gate import Policy
from bridge.access.headers import security_headers
from bridge.access.origins import Headers
from bridge.live.conditional import by_name, has_current
from bridge.live.encodings import takes_gzip
from bridge.live.reads import LiveReads
from bridge.live.snapshots import Snapshot

_READS: Final = frozenset({"GET", "HEAD"})
# How many spellings of a header are remembered, and how long ones; a sender who varies them is
# served all the same.
_MOST_SPELLINGS: Final = 256
_LONGEST_SPELLING: Final = 256
_AGE_SECONDS: Final = 0.1


class Front:
    """Polls from memory.

    Args:
        app: Everything else.
        live: The snapshots.
        policy: Who may read.
        is_on: Whether polls are answered here at all.

    Attributes:
        app: What is served.
        at_start: Called once when the server starts the application.
        live: The snapshots, and who waits for them.
    """

    def __init__(self, app: ASGIApp, live: LiveReads, policy: Policy, *, is_on: bool) -> None:
        self.at_start: Callable[[], None] = _do_nothing
        self.live = live
        self._policy = policy
        self._hosts: dict[bytes | None, bool] = {}
        self._encodings: dict[bytes | None, bool] = {}
        self._age: Headers = []
        self.app = self._answering(app, live.cache.hot if is_on else {})

    def _answering(self, app: ASGIApp, hot: Mapping[bytes, Snapshot]) -> ASGIApp:
        """Return the callable: a closure, since each look into an object costs a poll some 2 %."""
        principals, limiter = self._policy.principals, self._policy.limiter
        everybody, known = principals.everybody, principals.by_header
        cors_by_origin = self._cors()
        hosts, encodings, age = self._hosts, self._encodings, self._age
        ids, boot = itertools.count(), secrets.token_hex(6).encode()
        age_until = 0.0

        def choose(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
            # No coroutine, which a stream would hold for hours.
            if scope["type"] != "http":
                self.at_start()  # the one other connection that there is: the lifespan
            elif scope["path"] == "/bots" and scope["method"] in _READS:
                snapshot = hot.get(scope["query_string"])
                if snapshot is not None:
                    return answer(snapshot, scope, receive, send)
            return app(scope, receive, send)

        async def answer(
            snapshot: Snapshot, scope: HTTPScope, receive: Receive, send: Send
        ) -> None:
            nonlocal age_until
            headers = dict(scope["headers"])
            now = time.monotonic()
            principal = everybody or known.get(headers.get(b"authorization"))
            cors = cors_by_origin.get(headers.get(b"origin"))
            is_zipped = encodings.get(headers.get(b"accept-encoding"))
            shown = snapshot.compressed if is_zipped else snapshot.plain
            if (
                principal is None
                or (principal.account is not None and principal.account != snapshot.account)
                or cors is None
                or is_zipped is None
                or shown is None
                or b"prefer" in headers
                or b"x-request-id" in headers
                or not hosts.get(headers.get(b"host"))
                or (everybody is None and not limiter.takes_read(principal, now))
            ):
                await app(scope, receive, send)
                if everybody is not None or headers.get(b"authorization") in known:
                    self._learn(headers)
                return
            snapshot.was_used = True
            if now >= age_until:
                age[:] = self._look_age()
                age_until = now + _AGE_SECONDS
            wanted = headers.get(b"if-none-match")
            if wanted is not None and (
                wanted == snapshot.etag
                or has_current(by_name(scope["headers"])[b"if-none-match"], snapshot.etag)
            ):
                status, start, body = 304, snapshot.not_modified, b""
            else:
                status, start, body = 200, shown.headers, shown.body
            mine = [*start, *cors, *age, (b"x-request-id", b"%b-%x" % (boot, next(ids)))]
            await send({"type": "http.response.start", "status": status, "headers": mine})
            await send({"type": "http.response.body", "body": body, "more_body": False})

        return choose

    def _cors(self) -> Mapping[bytes | None, Headers]:
        """Return what goes with an answer beside its own headers, by the origin that asks."""
        security = security_headers(self._policy.hsts_seconds).data
        origins = self._policy.origins
        return {
            None: [*origins.answer_headers(None), *security],
            **{each.encode(): [*origins.answer_headers(each), *security] for each in origins.named},
        }

    def end(self) -> None:
        """End what would keep the server from stopping."""
        self.live.end()

    def forget(self) -> None:
        """Take everything that is held as changed."""
        self.live.cache.forget()

    def _learn(self, headers: dict[bytes, bytes]) -> None:
        """Remember what the next request may say again, of those who may read at all."""
        host, encoding = headers.get(b"host"), headers.get(b"accept-encoding")
        _remember(self._hosts, host, self._policy.takes_host((host or b"").decode("latin-1")))
        _remember(self._encodings, encoding, takes_gzip(encoding or b""))

    def _look_age(self) -> Headers:
        age = self.live.cache.look_age()
        return [] if age is None else [age]


def _remember(known: dict[bytes | None, bool], spelling: bytes | None, is_so: bool) -> None:  # noqa: FBT001 - what is remembered
    """Remember a short spelling; the one that was learnt first makes room, and is learnt again."""
    if spelling is not None and len(spelling) > _LONGEST_SPELLING:
        return
    if spelling not in known and len(known) >= _MOST_SPELLINGS:
        del known[next(iter(known))]
    known[spelling] = is_so


def _do_nothing() -> None:
    """Nothing is to be done when the server starts."""

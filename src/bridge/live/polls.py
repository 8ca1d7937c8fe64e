"""Polls that have passed the gate: read when nothing is held, and held while nothing changes.

Sends what `front` sends from memory, header by header. What is asked for in another way, a page or
a status, goes on to the controllers.
"""

import asyncio
from typing import Final

from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from bridge.access.origins import Headers
from bridge.asgi import refuse
from bridge.errors import BridgeError
from bridge.live.cache import Cache, Served
from bridge.live.conditional import has_current, wait_seconds
from bridge.live.encodings import takes_gzip
from bridge.live.snapshots import Snapshot
from bridge.live.urls import POLL_PATH, NotHeld, account_of

HELD_AGE: Final = b"bridge-snapshot-age"
# Compressing more than this holds up everybody else for milliseconds.
_LARGE_BYTES: Final = 65_536


class _Wait:
    """Ends when there is another answer than the one that the sender has."""

    __slots__ = ("ended", "etags")

    def __init__(self, etags: bytes) -> None:
        self.etags = etags
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def show(self, snapshot: Snapshot) -> None:
        if not has_current(self.etags, snapshot.etag):
            self.end()

    def end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


class Polls:
    """GET /bots and GET /bots?account=.

    Args:
        app: Everything else.
        cache: The snapshots.
    """

    def __init__(self, app: ASGIApp, cache: Cache) -> None:
        self._app = app
        self._cache = cache
        self._waits: set[_Wait] = set()
        self._is_closing = False

    def close(self) -> None:
        """Answer those who wait, and let nobody wait any more."""
        self._is_closing = True
        for wait in self._waits:
            wait.end()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] != "http" or scope["path"] != POLL_PATH or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        account = account_of(scope["query_string"])
        if isinstance(account, NotHeld):
            await self._app(scope, receive, send)
            return
        try:
            await self._answer(account, scope, send)
        except BridgeError as error:
            await refuse(send, error, str(scope["state"]["request_id"]), [])

    async def _answer(self, account: str | None, scope: HTTPScope, send: Send) -> None:
        headers = dict(scope["headers"])
        wanted = headers.get(b"if-none-match")
        seconds = wait_seconds(headers.get(b"prefer", b""))
        served = await self._cache.get(account)
        applied: Headers = []
        if seconds and wanted is not None:
            applied.append((b"preference-applied", b"wait=%d" % seconds))
            if has_current(wanted, served.snapshot.etag):
                served = await self._changed(account, wanted, seconds)
        snapshot = served.snapshot
        more = [*self._ages(served), *applied]
        if wanted is not None and has_current(wanted, snapshot.etag):
            await _send(send, 304, [*snapshot.not_modified, *more], b"")
            return
        shown = snapshot.plain
        if takes_gzip(headers.get(b"accept-encoding", b"")):
            if len(shown.body) > _LARGE_BYTES and snapshot.compressed is None:
                await asyncio.to_thread(snapshot.compress)
            shown = self._cache.compressed(snapshot)
        await _send(send, 200, [*shown.headers, *more], shown.body)

    async def _changed(self, account: str | None, wanted: bytes, seconds: int) -> Served:
        """Return the first answer that the sender does not have, or in the end the one it has."""
        wait = _Wait(wanted)
        self._waits.add(wait)
        self._cache.follow(account, wait)
        try:
            # Followed first, compared then: a change in between is not missed.
            served = await self._cache.get(account)
            if has_current(wanted, served.snapshot.etag) and not self._is_closing:
                await asyncio.wait([wait.ended], timeout=seconds)
                served = await self._cache.get(account)
            return served
        finally:
            self._cache.unfollow(account, wait)
            self._waits.discard(wait)

    def _ages(self, served: Served) -> Headers:
        ages: Headers = []
        if (age := self._cache.look_age()) is not None:
            ages.append(age)
        if served.held_seconds is not None:
            ages.append((HELD_AGE, b"%d" % served.held_seconds))
        return ages


async def _send(send: Send, status: int, headers: Headers, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})

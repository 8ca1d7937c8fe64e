"""Polls that have passed the gate: read when nothing is held, and held while nothing changes.

Sends what `front` sends from memory, header by header. What is asked for in another way, a page or
a status, goes on to the controllers.
"""

import asyncio
from typing import Final

from litestar.types import ASGIApp, HTTPScope, Receive, Send

from bridge.access.caller import scoped
from bridge.access.guards import reader_of
from bridge.access.origins import Headers
from bridge.access.principals import Principals
from bridge.access.roles import RULES
from bridge.asgi import refuse
from bridge.errors import AuthenticationError, BridgeError
from bridge.live.cache import Cache
from bridge.live.conditional import by_name, has_current, wait_seconds
from bridge.live.encodings import takes_gzip
from bridge.live.held import Served
from bridge.live.snapshots import Snapshot
from bridge.live.urls import NotHeld, account_of

HELD_AGE: Final = b"bridge-snapshot-age"
_RULE: Final = RULES["GET /bots"]
# Compressing more than this holds up everybody else for milliseconds.
_LARGE_BYTES: Final = 65_536


class _Wait:
    """Ends when there is another answer than the one that the sender has."""

    __slots__ = ("ended", "etags", "is_refused")

    def __init__(self, etags: bytes) -> None:
        self.etags = etags
        self.is_refused = False
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def until_ended(self, receive: Receive, seconds: int) -> None:
        gone = asyncio.create_task(_gone(receive))
        try:
            ways = (self.ended, gone)
            await asyncio.wait(ways, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()

    def show(self, snapshot: Snapshot) -> None:
        if not has_current(self.etags, snapshot.etag):
            self.end()

    def refuse(self) -> None:
        self.is_refused = True
        self.end()

    def end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


class Polls:
    """GET /bots and GET /bots?account=.

    Args:
        app: Everything else.
        cache: The snapshots.
        principals: Who may read, and for how long.
    """

    def __init__(self, app: ASGIApp, cache: Cache, principals: Principals) -> None:
        self._app = app
        self._cache = cache
        self._principals = principals
        self._waits: set[_Wait] = set()
        self._is_closing = False

    def close(self) -> None:
        """Answer those who wait, and let nobody wait any more."""
        self._is_closing = True
        for wait in self._waits:
            wait.end()

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        asked = account_of(scope["query_string"])
        if isinstance(asked, NotHeld):
            await self._app(scope, receive, send)
            return
        try:
            await self._answer(asked, scope, receive, send)
        except BridgeError as error:
            await refuse(send, error, str(scope["state"]["request_id"]), [])

    async def _answer(
        self, asked: str | None, scope: HTTPScope, receive: Receive, send: Send
    ) -> None:
        principal = reader_of(scope, _RULE)
        account = scoped(asked, principal.account)
        headers = by_name(scope["headers"])
        wanted = headers.get(b"if-none-match")
        seconds = wait_seconds(headers.get(b"prefer", b""))
        served = await self._cache.get(account)
        applied: Headers = []
        if seconds and wanted is not None:
            applied.append((b"preference-applied", b"wait=%d" % seconds))
            if has_current(wanted, served.snapshot.etag):
                wait = _Wait(wanted)
                unwatch = self._principals.watch(principal, wait.refuse)
                try:
                    served = await self._changed(account, wait, receive, seconds)
                finally:
                    unwatch()
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

    async def _changed(
        self, account: str | None, wait: _Wait, receive: Receive, seconds: int
    ) -> Served:
        """Return the first answer that the sender does not have, or in the end the one it has.

        The end has also come when the sender has gone.

        Raises:
            AuthenticationError: The sender has lost the right meanwhile.
        """
        self._waits.add(wait)
        self._cache.follow(account, wait)
        try:
            # Followed first, compared then: a change in between is not missed.
            served = await self._cache.get(account)
            if has_current(wait.etags, served.snapshot.etag) and not self._is_closing:
                await wait.until_ended(receive, seconds)
                if wait.is_refused:
                    raise AuthenticationError
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


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, status: int, headers: Headers, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})

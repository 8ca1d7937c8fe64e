"""Streams that stay open while others write: each byte is looked at, each end is noted."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Literal

from tests.tenants.people import Tenant, Who
from tests.tenants.tally import Tally
from tests.tenants.wire import ClosedError, Line, Request

STREAM: Final = "GET /bots/stream"
How = Literal["header", "ticket"]
# Of what came before: a canary can be cut in two between two chunks.
_OVERLAP: Final = 128
_PAUSE_SECONDS: Final = 0.05


class Watch:
    """Somebody's stream.

    Args:
        origin: Of the server.
        tally: Looks at what comes.
        who: Reads it.
        how: By which right.
    """

    def __init__(self, origin: str, tally: Tally, who: Who, how: How) -> None:
        self._line = Line(origin)
        self._tally = tally
        self.who = who
        self._how: How = how
        self._seen = b""

    async def opened(self, target: str) -> Request | None:
        """Open the stream; None when it is refused, which is looked at too.

        Raises:
            ClosedError: There was no answer.
        """
        if self._how == "ticket":
            ask = Request("POST", "/auth/ticket", self.who.headers)
            reply = await self._line.send(ask)
            self._tally.look(self.who, "POST /auth/ticket", ask.encoded(""), reply.text)
            if reply.status != 201:
                return None
            target += f"{'&' if '?' in target else '?'}ticket={reply.json['ticket']}"
        headers = dict[str, str]() if self._how == "ticket" else self.who.headers
        request = Request("GET", target, {**headers, "Accept": "text/event-stream"})
        status, head, _ = await self._line.begin(request)
        self._tally.statuses[status] += 1
        self._look(request, head)
        if status != 200:
            self.close()
            return None
        self._tally.streams[self._how] += 1
        return request

    async def read(self, request: Request, messages: int | None = None) -> None:
        """Read to the end, or so many messages."""
        left = messages
        try:
            async for chunk in self._line:
                self._look(request, chunk)
                if left is not None:
                    left -= chunk.count(b"event: bots")
                    if left <= 0:
                        break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # it was cut
        finally:
            self.close()

    def _look(self, request: Request, chunk: bytes) -> None:
        self._tally.messages += chunk.count(b"event: bots")
        self._tally.look(self.who, STREAM, request.encoded(""), self._seen[-_OVERLAP:] + chunk)
        self._tally.scanned_bytes -= len(self._seen[-_OVERLAP:])
        self._seen = chunk

    def close(self) -> None:
        """Break it off."""
        self._line.close()


class Watches:
    """All streams of the tenants: for each one by its key, by its session, and by a ticket."""

    def __init__(self, origin: str, tally: Tally) -> None:
        self._origin = origin
        self._tally = tally
        self._open: set[Watch] = set()

    def of(self, tenant: Tenant) -> list[Callable[[], Awaitable[None]]]:
        """Return what keeps this tenant's streams open, for ever."""

        async def by_key() -> None:
            while True:
                await self._one(tenant.key, "header", "/bots/stream")

        async def by_session() -> None:
            while True:
                await self._one(tenant.session, "header", f"/bots/stream?account={tenant.account}")

        async def by_ticket() -> None:
            while True:
                await self._one(tenant.session, "ticket", "/bots/stream")

        return [by_key, by_session, by_ticket]

    def outlived(self) -> list[str]:
        """Return whose streams are open though their right has ended."""
        return [str(watch.who) for watch in self._open if watch.who.has_ended]

    async def _one(self, who: Who, how: How, target: str) -> None:
        watch = Watch(self._origin, self._tally, who, how)
        try:
            request = await watch.opened(target)
            if request is not None:
                self._open.add(watch)
                await watch.read(request)
                self._tally.variants["streams that were ended"] += 1
        except (ClosedError, ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(watch)
            watch.close()
        await asyncio.sleep(_PAUSE_SECONDS)

"""One open stream: what was sent to it, and what is being sent."""

import asyncio
import time
from typing import Any, Final, cast

from litestar.types import HTTPResponseBodyEvent, Send

from bridge.access.origins import Headers
from bridge.errors import AuthenticationError
from bridge.live.held import Served
from bridge.live.snapshots import Snapshot

RETRY_MS: Final = 2_000
_HEADERS: Final[Headers] = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"vary", b"Authorization"),
    (b"x-accel-buffering", b"no"),  # nginx would hold events back
]


class Reader:
    """A browser that reads a stream.

    Args:
        send: Of its request.
        last_event_id: Which state it says to have; anything, since it is only compared.

    Attributes:
        is_cut: Whether `cut` was called, which cancels its request.
    """

    __slots__ = (
        "_busy_since",
        "_farewell",
        "_has_ended",
        "_newest",
        "_send",
        "_sending",
        "_shown",
        "_task",
        "is_cut",
    )

    def __init__(self, send: Send, last_event_id: bytes) -> None:
        self._send = send
        self._shown = last_event_id
        self._newest: Snapshot | None = None
        self._farewell: bytes | None = None
        self._sending: asyncio.Task[Any] | None = None
        self._busy_since = 0.0
        self._has_ended = False
        self.is_cut = False
        # None until the answer has begun: nothing may be sent before.
        self._task: asyncio.Task[Any] | None = None

    async def open(self, state: dict[str, Any], served: Served) -> None:
        """Begin: send the head, when to come back, and the state unless the reader has it.

        Args:
            state: Of the request; what the gate adds to its answer is taken out of it.
            served: The state to begin with.

        Raises:
            AuthenticationError: The reader was cut before: it has lost the right meanwhile.
        """
        if self.is_cut:
            raise AuthenticationError
        # What comes meanwhile follows what the request sends by itself, and this may be slow too.
        self._busy_since = time.monotonic()
        self._task = self._sending = asyncio.current_task()
        try:
            head = [*_HEADERS, *cast("Headers", state.pop("answer_headers"))]
            await self._send({"type": "http.response.start", "status": 200, "headers": head})
            first, snapshot = b"retry: %d\n\n" % RETRY_MS, served.snapshot
            if snapshot.event_id != self._shown:
                first += snapshot.event()
                self._shown = snapshot.event_id
            await self._send(_chunk(first))
        finally:
            self._sending = None
        self._go_on()

    def show(self, snapshot: Snapshot) -> None:
        """Have a state sent, unless there will be a newer one first."""
        self._newest = snapshot
        self._go_on()

    def beat(self) -> None:
        """Have something sent, so that nobody in between takes the connection for dead."""
        if self._is_idle():
            self._start(_chunk(b": \n\n"))

    def end(self, retry_ms: int) -> None:
        """Have the stream ended in good order, after what is being sent."""
        self._farewell = b"retry: %d\n\n" % retry_ms
        self._go_on()

    def is_slow(self, since: float) -> bool:
        """Whether what is being sent was begun before this monotonic time."""
        return self._sending is not None and self._busy_since < since

    def cut(self) -> None:
        """End the stream at once."""
        self.is_cut = True
        if self._task is not None:
            self._task.cancel()

    def close(self) -> None:
        """End what is being sent."""
        self._has_ended = True
        if self._sending is not None:
            self._sending.cancel()

    def _is_idle(self) -> bool:
        return self._task is not None and self._sending is None and not self._has_ended

    def _go_on(self) -> None:
        if self._is_idle() and (chunk := self._next()) is not None:
            self._start(chunk)

    def _start(self, chunk: HTTPResponseBodyEvent) -> None:
        self._busy_since = time.monotonic()
        self._sending = asyncio.create_task(self._send_all(chunk))

    async def _send_all(self, chunk: HTTPResponseBodyEvent | None) -> None:
        try:
            while chunk is not None:
                await self._send(chunk)
                self._busy_since = time.monotonic()
                chunk = self._next()
        finally:
            self._sending = None

    def _next(self) -> HTTPResponseBodyEvent | None:
        """Take what is to be sent now."""
        newest = self._newest
        if self._has_ended:
            return None
        if newest is not None and newest.event_id != self._shown:
            self._shown = newest.event_id
            return _chunk(newest.event())
        if self._farewell is not None:
            self._has_ended = True
            return _chunk(self._farewell, more=False)
        return None


def _chunk(body: bytes, *, more: bool = True) -> HTTPResponseBodyEvent:
    return {"type": "http.response.body", "body": body, "more_body": more}

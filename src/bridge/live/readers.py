"""One open stream: what was sent to it, and what is being sent."""

import asyncio
import time

from litestar.types import HTTPResponseBodyEvent, Receive, Send

from bridge.live.snapshots import Snapshot


class Reader:
    """A browser that reads a stream.

    Args:
        send: Of its request.
        last_event_id: Which state it says to have; anything, since it is only compared.
    """

    __slots__ = (
        "_busy_since",
        "_farewell",
        "_has_ended",
        "_is_cut",
        "_newest",
        "_send",
        "_sending",
        "_shown",
        "_task",
    )

    def __init__(self, send: Send, last_event_id: bytes) -> None:
        self._send = send
        self._shown = last_event_id
        self._newest: Snapshot | None = None
        self._farewell: bytes | None = None
        self._sending: asyncio.Task[None] | None = None
        self._busy_since = 0.0
        self._has_ended = False
        self._is_cut = False
        # None until the answer has begun: nothing may be sent before.
        self._task: asyncio.Task[object] | None = None

    async def open(self, greeting: bytes, snapshot: Snapshot) -> None:
        """Begin: send the greeting, and the state unless the reader has it."""
        first = greeting
        if snapshot.event_id != self._shown:
            first += snapshot.event()
            self._shown = snapshot.event_id
        await self._send(_chunk(first))
        self._task = asyncio.current_task()
        self._go_on()

    async def until_gone(self, receive: Receive) -> None:
        """Wait for the end of the connection, or for `cut`."""
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        except asyncio.CancelledError:
            if not self._is_cut:
                raise

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
        self._is_cut = True
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

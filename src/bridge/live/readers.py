"""One open stream: what was sent to it, and what is being sent."""

import asyncio
import time
from collections.abc import Coroutine

from litestar.types import Receive, Send

from bridge.live.snapshots import Snapshot


class Reader:
    """A browser that reads a stream.

    Args:
        send: Of its request.
        last_event_id: Which state it says to have; anything, since it is only compared.
    """

    __slots__ = ("_busy_since", "_is_cut", "_newest", "_send", "_sending", "_shown", "_task")

    def __init__(self, send: Send, last_event_id: bytes) -> None:
        self._send = send
        self._shown = last_event_id
        self._newest: Snapshot | None = None
        self._sending: asyncio.Task[None] | None = None
        self._busy_since = 0.0
        self._is_cut = False
        # None until the answer has begun: nothing may be sent before.
        self._task: asyncio.Task[object] | None = None

    async def open(self, greeting: bytes, snapshot: Snapshot) -> None:
        """Begin: send the greeting, and the state unless the reader has it."""
        first = greeting
        if snapshot.event_id != self._shown:
            first += snapshot.event()
            self._shown = snapshot.event_id
        await self._send({"type": "http.response.body", "body": first, "more_body": True})
        self._task = asyncio.current_task()
        if self._newest is not None:
            self.show(self._newest)

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
        if self._task is not None and self._sending is None and snapshot.event_id != self._shown:
            self._start(self._send_newest())

    def beat(self) -> None:
        """Have something sent, so that nobody in between takes the connection for dead."""
        if self._task is not None and self._sending is None:
            self._start(self._send_chunk(b": \n\n", more=True))

    def end(self, retry_ms: int) -> None:
        """Have the stream ended in good order, or at once when the reader is slow."""
        if self._task is None:
            return
        if self._sending is not None:
            self.cut()
            return
        self._start(self._send_chunk(b"retry: %d\n\n" % retry_ms, more=False))

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
        self._newest = None
        if self._sending is not None:
            self._sending.cancel()

    def _start(self, sending: Coroutine[object, object, None]) -> None:
        self._busy_since = time.monotonic()
        self._sending = asyncio.create_task(sending)

    async def _send_newest(self) -> None:
        try:
            while (newest := self._newest) is not None and newest.event_id != self._shown:
                self._busy_since = time.monotonic()
                self._shown = newest.event_id
                await self._send(
                    {"type": "http.response.body", "body": newest.event(), "more_body": True}
                )
        finally:
            self._sending = None

    async def _send_chunk(self, chunk: bytes, *, more: bool) -> None:
        try:
            await self._send({"type": "http.response.body", "body": chunk, "more_body": more})
        finally:
            self._sending = None
        newest = self._newest
        if more and newest is not None:
            self.show(newest)

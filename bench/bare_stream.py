"""What the server alone can do with streams: an ASGI application that only holds and sends them.

``GET`` opens a stream, and gets what was sent last; what is POSTed goes out on every open stream as
it came. `bench.streams` starts this module.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable

from bench.bare import Message, Receive, Send, lifespan

from bridge.server import run
from bridge.settings import read_settings

_HEADERS = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache")]


class _Hub:
    """Who is there, and what was sent last."""

    def __init__(self) -> None:
        self.event = b""
        self.readers: set[Send] = set()

        self._changed = asyncio.Event()

    def publish(self, event: bytes) -> None:
        """Have an event sent to all; one that comes meanwhile goes out after it."""
        self.event = event
        self._changed.set()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            message = {"type": "http.response.body", "body": self.event, "more_body": True}
            for send in list(self.readers):
                await send(message)


def application() -> Callable[[Message, Receive, Send], Awaitable[None]]:
    """Return the application; each worker calls this once."""
    hubs: list[_Hub] = []  # made inside the running loop

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            hubs.append(_Hub())
            sending = asyncio.create_task(hubs[0].run())
            await lifespan(receive, send)
            sending.cancel()
        elif scope["method"] == "POST":
            hubs[0].publish(await _body(receive))
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"{}", "more_body": False})
        else:
            await _stream(hubs[0], receive, send)

    return app


async def _stream(hub: _Hub, receive: Receive, send: Send) -> None:
    """Hold a stream until its reader leaves, as every service must notice."""
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": hub.event, "more_body": True})
    hub.readers.add(send)
    try:
        while (await receive())["type"] != "http.disconnect":
            pass
    finally:
        hub.readers.discard(send)


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


if __name__ == "__main__":
    run("bench.bare_stream:application", read_settings(os.environ))

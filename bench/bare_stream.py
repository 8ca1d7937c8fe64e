"""What the server alone can do with streams: an ASGI application that only holds and sends them.

``GET`` opens a stream, and gets what was sent last; what is POSTed goes out on every open stream as
it came. `bench.streams` starts this module.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable

from bench.bare import Message, Receive, Send

from bridge.server import run
from bridge.settings import read_settings

_HEADERS = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache")]


class _Hub:
    """What goes out next."""

    def __init__(self) -> None:
        self.event = b""
        self.changed = asyncio.Event()

    def publish(self, event: bytes) -> None:
        self.event = event
        self.changed.set()
        self.changed = asyncio.Event()


def application() -> Callable[[Message, Receive, Send], Awaitable[None]]:
    """Return the application; each worker calls this once."""
    hubs: list[_Hub] = []  # made inside the running loop

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            hubs.append(_Hub())
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        elif scope["method"] == "POST":
            hubs[0].publish(await _body(receive))
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"{}", "more_body": False})
        else:
            await _stream(hubs[0], send)

    return app


async def _stream(hub: _Hub, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    while True:
        changed = hub.changed
        await send({"type": "http.response.body", "body": hub.event, "more_body": True})
        await changed.wait()


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


if __name__ == "__main__":
    run("bench.bare_stream:application", read_settings(os.environ))

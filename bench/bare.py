"""What the server alone can do: an ASGI application that always sends the same answer.

`bench.arena` writes the answer that the bridge gave into a file, and starts this module on it.
"""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from bridge.server import run
from bridge.settings import read_settings

ANSWER_VARIABLE: Final = "BRIDGE_BENCH_ANSWER"


Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Answer(msgspec.Struct, frozen=True):
    """An answer as the bridge gave it; as JSON, the body is base64.

    Attributes:
        headers: All of them, names in lower case, but those that the server itself adds.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """Return a header, or nothing; names are in lower case."""
        return dict(self.headers).get(name, "")


def application() -> Callable[[Message, Receive, Send], Awaitable[None]]:
    """Return the application; each worker calls this once."""
    answer = msgspec.json.decode(Path(os.environ[ANSWER_VARIABLE]).read_bytes(), type=Answer)
    headers = [(name.encode(), value.encode()) for name, value in answer.headers]

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await lifespan(receive, send)
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body, "more_body": False})

    return app


async def lifespan(receive: Receive, send: Send) -> None:
    """Agree to start, and return when the server stops."""
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


if __name__ == "__main__":
    run("bench.bare:application", read_settings(os.environ))

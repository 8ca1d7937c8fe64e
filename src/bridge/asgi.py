"""Finished answers sent as ASGI messages, outside Litestar."""

import msgspec
from litestar.types import Send

from bridge.access.origins import Headers
from bridge.errors import BridgeError
from bridge.problems import MEDIA_TYPE, problem_of


async def answer(send: Send, status: int, headers: Headers, body: bytes = b"") -> None:
    """Send a whole answer; the headers have no Content-Length yet."""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def refuse(send: Send, error: BridgeError, request_id: str, headers: Headers) -> None:
    """Send an error as a problem."""
    problem, more = problem_of(error, request_id)
    named = [(name.lower().encode(), value.encode()) for name, value in more.items()]
    all_headers = [(b"content-type", MEDIA_TYPE.encode()), *named, *headers]
    await answer(send, problem.status, all_headers, msgspec.json.encode(problem))

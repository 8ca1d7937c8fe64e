"""How the upstream's answers are made of what the world says."""

from typing import Final

import msgspec
from aiohttp import web

from bridge.simulator.replies import Config, read_object

_JSON: Final = "application/json"


def answer(value: object, status: int = 200) -> web.Response:
    """Return a JSON answer."""
    return web.Response(body=msgspec.json.encode(value), status=status, content_type=_JSON)


def said(message: str, status: int = 200) -> web.Response:
    """Return the answer of most calls that change something."""
    return answer({"message": message}, status)


def crashed() -> web.Response:
    """Return what comes when the upstream did not expect something."""
    return web.Response(text="Internal Server Error", status=500)


async def body_of(request: web.Request) -> Config:
    """Return the JSON object that was sent; it has been read already, so this does not wait.

    Raises:
        RefusalError: 422.
    """
    return read_object(await request.read())


def name_in(request: web.Request, part: str) -> str:
    """Return a part of the path; one with an escaped slash leads nowhere.

    Raises:
        HTTPNotFound: As for an unknown path.
    """
    name = request.match_info[part]
    if "/" in name:
        raise web.HTTPNotFound
    return name

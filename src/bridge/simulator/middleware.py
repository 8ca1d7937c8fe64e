"""What every call to the upstream goes through: ordered faults, the login, the only worker."""

import socket
import struct
from base64 import b64decode
from contextlib import suppress
from typing import Final

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from bridge.simulator.answers import answer, crashed
from bridge.simulator.containers import EngineDownError
from bridge.simulator.faults import Fault
from bridge.simulator.replies import CrashError, RefusalError
from bridge.simulator.simulation import Login, Simulation, simulation_of

CONTROL: Final = "/_control/"
_SLOW_SECONDS: Final = 5.0
_MEGABYTE: Final = b"x" * 1_000_000
_PAGE: Final = "<!DOCTYPE html><html><body><h1>{}</h1></body></html>"


@web.middleware
async def upstream_call(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a call to the upstream go through all of this; the tests' own door is open to all."""
    if request.path.startswith(CONTROL):
        return await handler(request)

    async def undisturbed(request: web.Request) -> web.StreamResponse:
        return await _refusing(request, handler)

    return await _faulty(request, undisturbed)


async def _faulty(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count the call, and let it go wrong if that was ordered."""
    # Read first: what has arrived has its effect, also when the caller does not wait for it.
    try:
        await request.read()
    except ConnectionError:  # The caller went away within its request; there is nobody to answer.
        return crashed()
    simulation = simulation_of(request)
    simulation.catch_up()
    simulation.calls[request.method, _template(request)] += 1
    fault = simulation.world.faults.take(request.path)
    if fault is None:
        return await handler(request)
    if fault.name in {"slow", "late_deploy", "late_answer", "lost_answer", "half_body"}:
        return await _spoil(simulation, fault, request, handler)
    return await _replace(simulation, fault, request)


async def _refusing(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say no in the upstream's words."""
    try:
        return await _guarded(request, handler)
    except RefusalError as refusal:
        return answer({"detail": refusal.detail}, refusal.status)
    except (CrashError, EngineDownError):
        return crashed()
    except web.HTTPNotFound:
        return answer({"detail": "Not Found"}, 404)
    except web.HTTPMethodNotAllowed as exc:
        response = answer({"detail": "Method Not Allowed"}, 405)
        response.headers["Allow"] = ", ".join(sorted(exc.allowed_methods))
        return response


async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Ask for the login, wait for the worker, and answer when it is free again."""
    if request.match_info.http_exception is not None:
        return await handler(request)
    simulation = simulation_of(request)
    refusal = None if request.path == "/" else _login_refusal(request, simulation.login)
    if refusal is not None:
        return refusal
    await simulation.turn()
    try:
        return await handler(request)
    finally:
        await simulation.turn()


def _login_refusal(request: web.Request, login: Login) -> web.Response | None:
    header = request.headers.get("Authorization", "")
    detail = "Not authenticated"
    if header.lower().startswith("basic "):
        detail = "Invalid authentication credentials"
        with suppress(ValueError):
            given = b64decode(header[len("basic ") :], validate=True).decode()
            if given.partition(":") == (login.username, ":", login.password):
                return None
            detail = "Incorrect username or password"
    response = answer({"detail": detail}, 401)
    response.headers["WWW-Authenticate"] = "Basic"
    return response


async def _spoil(
    simulation: Simulation, fault: Fault, request: web.Request, handler: Handler
) -> web.StreamResponse:
    """Let the call have its effect, and spoil its answer."""
    if fault.name == "slow":
        await simulation.pause(_SLOW_SECONDS)
    if fault.name == "late_deploy":
        await simulation.until_over(fault)
    response = await handler(request)
    if fault.name == "late_answer":
        await simulation.until_over(fault)
    if fault.name == "lost_answer":
        _abort(request)
    if fault.name == "half_body" and isinstance(response, web.Response):
        return await _send_half(request, response)
    return response


async def _replace(
    simulation: Simulation, fault: Fault, request: web.Request
) -> web.StreamResponse:
    """Answer something else, or not at all; the call has no effect."""
    if fault.name == "html":
        return web.Response(text=_PAGE.format("Welcome"), content_type="text/html")
    if fault.name == "bad_gateway":
        page = _PAGE.format("502 Bad Gateway")
        return web.Response(text=page, status=502, content_type="text/html")
    if fault.name == "plain_500":
        return crashed()
    if fault.name == "ten_mb":
        return await _send_ten_megabytes(request)
    if fault.name == "hang":
        await simulation.until_over(fault)
    _abort(request)
    return crashed()


async def _send_half(request: web.Request, whole: web.Response) -> web.StreamResponse:
    body = whole.body if isinstance(whole.body, bytes) else b""
    response = web.StreamResponse(status=whole.status, headers=whole.headers)
    response.content_length = len(body)
    with suppress(ConnectionError):
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


async def _send_ten_megabytes(request: web.Request) -> web.StreamResponse:
    """Send JSON that looks like an answer without bots, and does not say how long it is."""
    response = web.StreamResponse()
    response.content_type = "application/json"
    head = msgspec.json.encode({"status": "success", "data": {}, "padding": ""})
    with suppress(ConnectionError):
        await response.prepare(request)
        await response.write(head[:-2])
        for _ in range(10):
            await response.write(_MEGABYTE)
        await response.write(head[-2:])
        await response.write_eof()
    return response


def _abort(request: web.Request) -> None:
    """Reset the connection."""
    transport = request.transport
    if transport is None:
        return
    peer = transport.get_extra_info("socket")
    if peer is not None:
        # Lingering for no time makes the close a reset, which is what a dying host sends.
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _template(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return request.path if resource is None else resource.canonical

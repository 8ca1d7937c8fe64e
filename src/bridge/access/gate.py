"""The outermost ASGI callable: what holds for every request, before and after the controllers.

It names the request, answers preflights, refuses foreign hosts, origins and keys, and puts CORS
headers on every answer, errors too. It runs no statement but for a key or session that it has not
seen lately.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_hex
from typing import Final

from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from bridge.access.headers import security_headers
from bridge.access.limits import Limiter
from bridge.access.origins import Origins, is_loopback
from bridge.access.principal import Principal
from bridge.access.principals import Principals
from bridge.asgi import answer, refuse
from bridge.errors import BridgeError, ForbiddenError

# The one route where a ticket stands for a header: browsers' EventSource sends none.
STREAM_PATH: Final = "/bots/stream"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_PUBLIC = re.compile(
    r"(GET|HEAD|OPTIONS) (/|/health(/live|/ready)?/?|/docs(/.*)?|/auth/message/[^/]*/?)"
    r"|POST /auth/verify/?"
)


class HostNotAllowedError(ForbiddenError):
    """In open mode this server answers only under a loopback name, such as localhost."""

    code = "host-not-allowed"


class OriginNotAllowedError(ForbiddenError):
    """Pages of this origin may not change anything here; name it in CORS_ORIGINS."""

    code = "origin-not-allowed"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the gate lets through.

    Attributes:
        loopback_hosts_only: Refuse other Host headers: a foreign page can point a name of its own
            at 127.0.0.1, but not call it localhost.
    """

    origins: Origins
    principals: Principals
    limiter: Limiter
    loopback_hosts_only: bool
    hsts_seconds: int = 0

    def takes_host(self, host: str) -> bool:
        """Whether requests under this Host header are answered."""
        return not self.loopback_hosts_only or is_loopback(host)


class Gate:
    """Wraps the application; everything but HTTP passes through untouched."""

    def __init__(self, app: ASGIApp, policy: Policy) -> None:
        self._app = app
        self._policy = policy
        self._security = security_headers(policy.hsts_seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection, as ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        origin = _text(headers, b"origin")
        request_id = _request_id(headers)
        extra = [
            *self._policy.origins.answer_headers(origin),
            *self._security.of(scope["path"]),
            (b"x-request-id", request_id.encode()),
        ]
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            preflight = self._policy.origins.preflight_headers(origin)
            await answer(send, 204, [*preflight, *self._security.of(scope["path"])])
            return
        try:
            self._check_place(scope, origin, _text(headers, b"host") or "")
            principal = await self._principal(scope, headers.get(b"authorization"))
        except BridgeError as error:
            await refuse(send, error, request_id, extra)
            return
        del headers  # a stream would hold them for hours
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        state["principal"] = principal
        if scope["method"] == "HEAD":
            # What GET would answer; the server leaves the body out, and keeps its length.
            scope["method"] = "GET"

        if scope["path"] == STREAM_PATH and scope["method"] == "GET":
            # It sends its one head itself: to go through here for each event costs time and memory.
            state["answer_headers"] = extra
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _check_place(self, scope: HTTPScope, origin: str | None, host: str) -> None:
        if not self._policy.takes_host(host):
            raise HostNotAllowedError
        is_write = scope["method"] not in _READS
        if is_write and not self._policy.origins.may_write(origin, host):
            raise OriginNotAllowedError

    async def _principal(self, scope: HTTPScope, authorization: bytes | None) -> Principal | None:
        """Return who calls; None for what everybody may call."""
        if _PUBLIC.fullmatch(f"{scope['method']} {scope['path']}"):
            return None
        principals = self._policy.principals
        ticket = _take_ticket(scope)
        if ticket is not None:
            return await principals.redeem(ticket)
        principal = principals.known(authorization) or await principals.identify(authorization)
        if scope["method"] in _READS:
            self._policy.limiter.admit_read(principal)
        return principal


def _take_ticket(scope: HTTPScope) -> str | None:
    """Return what opens a stream without a header, and take it out of the request."""
    query = scope["query_string"]
    if scope["path"] != STREAM_PATH or b"ticket=" not in query:
        return None
    parts = query.split(b"&")
    tickets = [part.removeprefix(b"ticket=") for part in parts if part.startswith(b"ticket=")]
    scope["query_string"] = b"&".join(part for part in parts if not part.startswith(b"ticket="))
    return tickets[-1].decode("latin-1") if tickets else None


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")


def _request_id(headers: Mapping[bytes, bytes]) -> str:
    sent = _text(headers, b"x-request-id")
    return sent if sent is not None and _REQUEST_ID.fullmatch(sent) else token_hex(16)

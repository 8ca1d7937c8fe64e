"""The outermost ASGI callable: what holds for every request, before and after the controllers.

It names the request, answers preflights, refuses foreign hosts, origins and keys, and puts CORS
headers on every answer, errors too. It runs no statement.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from bridge.access.keys import Keys
from bridge.access.origins import Origins, is_loopback
from bridge.asgi import answer, refuse
from bridge.errors import BridgeError, ForbiddenError

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_PUBLIC = re.compile(r"/|/health(/live|/ready)?/?|/docs(/.*)?")


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
    keys: Keys
    loopback_hosts_only: bool

    def takes_host(self, host: str) -> bool:
        """Whether requests under this Host header are answered."""
        return not self.loopback_hosts_only or is_loopback(host)


class Gate:
    """Wraps the application; everything but HTTP passes through untouched."""

    def __init__(self, app: ASGIApp, policy: Policy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection, as ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        origin = headers.get("origin")
        request_id = _request_id(headers)
        extra = [
            *self._policy.origins.answer_headers(origin),
            (b"x-request-id", request_id.encode()),
        ]
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            preflight = self._policy.origins.preflight_headers(origin)
            await answer(send, 204, preflight)
            return
        try:
            actor = self._admit(scope, headers)
        except BridgeError as error:
            await refuse(send, error, request_id, extra)
            return
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        state["actor"] = actor
        if scope["method"] == "HEAD":
            # What GET would answer; the server leaves the body out, and keeps its length.
            scope["method"] = "GET"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _admit(self, scope: HTTPScope, headers: Mapping[str, str]) -> str:
        host = headers.get("host", "")
        if not self._policy.takes_host(host):
            raise HostNotAllowedError
        is_write = scope["method"] not in _READS
        if is_write and not self._policy.origins.may_write(headers.get("origin"), host):
            raise OriginNotAllowedError
        if not is_write and _PUBLIC.fullmatch(scope["path"]):
            return "anonymous"
        return self._policy.keys.actor_of(headers.get("authorization"))


def _request_id(headers: Mapping[str, str]) -> str:
    sent = headers.get("x-request-id", "")
    return sent if _REQUEST_ID.fullmatch(sent) else uuid4().hex

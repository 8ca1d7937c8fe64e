"""The HTTP face of logins."""

from typing import Annotated, Any, cast

from litestar import Controller, Request, get, post
from litestar.datastructures import ResponseHeader, State
from litestar.di import NamedDependency
from litestar.params import BodyKwarg, FromPath

from bridge.access import examples
from bridge.access.caller import Caller
from bridge.access.login import LoginService, Place
from bridge.access.peers import peer_of
from bridge.access.principal import Principal
from bridge.access.structs import (
    LoggedIn,
    LoggedOut,
    LoginMessage,
    LoginProof,
    StreamTicket,
    UserView,
)
from bridge.access.views import user_view
from bridge.openapi import answers
from bridge.settings import Settings

AnyRequest = Request[Any, Any, State]


class LoginController(Controller):
    """Logins."""

    path = "/auth"
    tags = ("login",)
    response_headers = (ResponseHeader(name="Cache-Control", value="no-store"),)

    @get(
        "/message/{wallet:str}",
        operation_id="getLoginMessage",
        responses=answers(403, 404, 429, 503),
        security=[],
    )
    async def message(
        self, wallet: FromPath[str], logins: NamedDependency[LoginService], request: AnyRequest
    ) -> LoginMessage:
        """Return a message for a wallet to sign; it can be used once, for five minutes."""
        return await logins.message(wallet, _place(request))

    @post(
        "/verify",
        status_code=200,
        operation_id="verifyLogin",
        responses=answers(401, 403, 404, 413, 415, 422, 429, 503),
        security=[],
    )
    async def verify(
        self,
        data: Annotated[LoginProof, BodyKwarg(examples=examples.PROOF)],
        logins: NamedDependency[LoginService],
        request: AnyRequest,
    ) -> LoggedIn:
        """Begin a session for a signed message."""
        request_id = str(request.scope["state"]["request_id"])
        return await logins.verify(data, _place(request), request_id)

    @post("/logout", status_code=200, operation_id="logOut", responses=answers(401, 403, 503))
    async def log_out(
        self,
        logins: NamedDependency[LoginService],
        principal: NamedDependency[Principal],
        caller: NamedDependency[Caller],
    ) -> LoggedOut:
        """End the session that this call is made with, everywhere."""
        await logins.end(principal, caller.request_id)
        return LoggedOut(status="logged_out")

    @get("/me", operation_id="getMe", responses=answers(401, 503), sync_to_thread=False)
    def me(self, principal: NamedDependency[Principal]) -> UserView:
        """Return who makes this call."""
        return user_view(principal)

    @post(
        "/ticket",
        status_code=201,
        operation_id="createTicket",
        responses=answers(401, 403, 429, 503),
    )
    async def ticket(
        self, logins: NamedDependency[LoginService], principal: NamedDependency[Principal]
    ) -> StreamTicket:
        """Return what opens one stream as ``?ticket=``, where no header can be sent."""
        return await logins.ticket(principal)


def _place(request: AnyRequest) -> Place:
    client = request.scope["client"]
    settings = cast("Settings", request.app.state["settings"])
    forwarded_for = request.headers.getall("x-forwarded-for", [])
    return Place(
        origin=request.headers.get("origin"),
        host=request.headers.get("host", "localhost"),
        peer=peer_of(client[0] if client else "", forwarded_for, settings.proxies),
    )

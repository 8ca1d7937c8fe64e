"""The HTTP face of clients as older frontends create them."""

from typing import Annotated

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import BodyKwarg

from bridge.access.caller import Caller
from bridge.clients import examples
from bridge.clients.part_service import PartService
from bridge.clients.service import ClientService
from bridge.clients.structs import ApiKeyInput, ClientView, QuickClient
from bridge.connectors.structs import ConnectorView
from bridge.openapi import answers


class AdminController(Controller):
    """Clients in two steps: the client with its wallet, then its credentials."""

    path = "/api/admin"
    tags = ("clients",)

    @post(
        "/quick-client",
        operation_id="createQuickClient",
        responses=answers(401, 403, 408, 409, 413, 415, 422, 503),
    )
    async def create_quick_client(
        self,
        data: Annotated[QuickClient, BodyKwarg(examples=examples.QUICK)],
        clients: NamedDependency[ClientService],
        caller: NamedDependency[Caller],
    ) -> ClientView:
        """Store a client with one wallet."""
        return await clients.create_quick(data, caller)

    @post(
        "/api-keys",
        operation_id="addApiKey",
        responses=answers(401, 403, 404, 408, 409, 413, 415, 422, 503),
    )
    async def add_api_key(
        self,
        data: Annotated[ApiKeyInput, BodyKwarg(examples=examples.API_KEY)],
        parts: NamedDependency[PartService],
        caller: NamedDependency[Caller],
    ) -> ConnectorView:
        """Store a client's credentials for an exchange, or replace them."""
        return await parts.add_api_key(data, caller)

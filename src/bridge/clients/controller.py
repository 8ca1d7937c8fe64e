"""The HTTP face of clients, their wallets and their connectors."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import BodyKwarg, FromPath

from bridge.access.caller import Caller
from bridge.bodies import BridgeRequest
from bridge.clients import examples
from bridge.clients.part_service import PartService
from bridge.clients.service import ClientService
from bridge.clients.structs import (
    ClientChange,
    ClientCreate,
    ClientDeleted,
    ClientList,
    ClientView,
    ConnectorDeleted,
    WalletAccountView,
    WalletDeleted,
)
from bridge.connectors.structs import ConnectorInput
from bridge.lifecycle.removal import RemovalService
from bridge.openapi import Cursor, Limit, answers
from bridge.wallets.structs import WalletInput


class ClientController(Controller):
    """Clients."""

    path = "/clients"
    tags = ("clients",)

    @post(
        "/create",
        operation_id="createClient",
        responses=answers(401, 403, 408, 409, 413, 415, 422, 503),
    )
    async def create_client(
        self,
        data: Annotated[ClientCreate, BodyKwarg(examples=examples.CREATE)],
        clients: NamedDependency[ClientService],
        caller: NamedDependency[Caller],
    ) -> ClientView:
        """Store a client with its wallets and connectors, all or nothing."""
        return await clients.create(data, caller)

    @get(operation_id="listClients", responses=answers(401, 422, 503))
    async def list_clients(
        self,
        clients: NamedDependency[ClientService],
        request: BridgeRequest,
        limit: Limit = None,
        cursor: Cursor = None,
    ) -> ClientList:
        """Return a page of clients, oldest first."""
        return await clients.list(limit, cursor, request.caller)

    @get("/{client_id:uuid}", operation_id="getClient", responses=answers(401, 404, 503))
    async def get_client(
        self,
        client_id: FromPath[UUID],
        clients: NamedDependency[ClientService],
        request: BridgeRequest,
    ) -> ClientView:
        """Return one client."""
        return await clients.get(client_id, request.caller)

    @get(
        "/by-wallet/{address:str}",
        operation_id="findClientByWallet",
        responses=answers(401, 404, 503),
    )
    async def find_by_wallet(
        self,
        address: FromPath[str],
        clients: NamedDependency[ClientService],
        request: BridgeRequest,
    ) -> WalletAccountView:
        """Return the account behind a wallet address, in any letter case."""
        return await clients.find_by_wallet(address, request.caller)

    @patch(
        "/{client_id:uuid}",
        operation_id="changeClient",
        responses=answers(401, 403, 404, 408, 409, 413, 415, 422, 503),
    )
    async def change_client(
        self,
        client_id: FromPath[UUID],
        data: Annotated[ClientChange, BodyKwarg(examples=examples.CHANGE)],
        clients: NamedDependency[ClientService],
        caller: NamedDependency[Caller],
    ) -> ClientView:
        """Change a client; what is left out stays. PUT does the same."""
        return await clients.change(client_id, data, caller)

    @put(
        "/{client_id:uuid}",
        operation_id="putClient",
        responses=answers(401, 403, 404, 408, 409, 413, 415, 422, 503),
    )
    async def put_client(
        self,
        client_id: FromPath[UUID],
        data: Annotated[ClientChange, BodyKwarg(examples=examples.CHANGE)],
        clients: NamedDependency[ClientService],
        caller: NamedDependency[Caller],
    ) -> ClientView:
        """Change a client; what is left out stays. PATCH does the same."""
        return await clients.change(client_id, data, caller)

    @put(
        "/{client_id:uuid}/wallet",
        operation_id="putWallet",
        responses=answers(401, 403, 404, 408, 409, 413, 415, 422, 503),
    )
    async def put_wallet(
        self,
        client_id: FromPath[UUID],
        data: Annotated[WalletInput, BodyKwarg(examples=examples.WALLET)],
        parts: NamedDependency[PartService],
        caller: NamedDependency[Caller],
    ) -> ClientView:
        """Give a client a wallet; one that it has already changes nothing."""
        return await parts.put_wallet(client_id, data, caller)

    @put(
        "/{client_id:uuid}/wallet/{wallet_id:uuid}",
        operation_id="changeWallet",
        responses=answers(401, 403, 404, 408, 409, 413, 415, 422, 503),
    )
    async def change_wallet(
        self,
        client_id: FromPath[UUID],
        wallet_id: FromPath[UUID],
        data: Annotated[WalletInput, BodyKwarg(examples=examples.WALLET)],
        parts: NamedDependency[PartService],
        caller: NamedDependency[Caller],
    ) -> ClientView:
        """Give a wallet another address; it keeps its place."""
        return await parts.change_wallet(client_id, wallet_id, data, caller)

    @delete(
        "/{client_id:uuid}/wallet/{wallet_id:uuid}",
        status_code=200,
        operation_id="deleteWallet",
        responses=answers(401, 403, 404, 409, 503),
    )
    async def delete_wallet(
        self,
        client_id: FromPath[UUID],
        wallet_id: FromPath[UUID],
        parts: NamedDependency[PartService],
        caller: NamedDependency[Caller],
    ) -> WalletDeleted:
        """Take a wallet from a client; it is free at once."""
        return await parts.delete_wallet(client_id, wallet_id, caller)

    @put(
        "/{client_id:uuid}/connector",
        operation_id="putConnector",
        responses=answers(401, 403, 404, 408, 409, 413, 415, 422, 503),
    )
    async def put_connector(
        self,
        client_id: FromPath[UUID],
        data: Annotated[ConnectorInput, BodyKwarg(examples=examples.CONNECTOR)],
        parts: NamedDependency[PartService],
        caller: NamedDependency[Caller],
    ) -> ClientView:
        """Store a connector, or replace the credentials of the one that is there."""
        return await parts.put_connector(client_id, data, caller)

    @delete(
        "/{client_id:uuid}/connector/{connector_id:uuid}",
        status_code=200,
        operation_id="deleteConnector",
        responses=answers(401, 403, 404, 409, 503),
    )
    async def delete_connector(
        self,
        client_id: FromPath[UUID],
        connector_id: FromPath[UUID],
        removal: NamedDependency[RemovalService],
        caller: NamedDependency[Caller],
    ) -> ConnectorDeleted:
        """Remove a connector, here and upstream; refused while a bot that uses it runs."""
        return await removal.delete_connector(client_id, connector_id, caller)

    @delete(
        "/{client_id:uuid}",
        status_code=200,
        operation_id="deleteClient",
        responses=answers(401, 403, 404, 503),
    )
    async def delete_client(
        self,
        client_id: FromPath[UUID],
        removal: NamedDependency[RemovalService],
        caller: NamedDependency[Caller],
    ) -> ClientDeleted:
        """Remove a client with its wallets, connectors and bots; running ones are stopped first."""
        return await removal.delete_client(client_id, caller)

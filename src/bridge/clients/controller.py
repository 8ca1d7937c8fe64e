"""The HTTP face of clients, their wallets and their connectors."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import BodyKwarg, FromPath

from bridge.access.caller import Caller
from bridge.clients import examples
from bridge.clients.service import ClientService
from bridge.clients.structs import (
    ClientChange,
    ClientCreate,
    ClientDeleted,
    ClientList,
    ClientView,
    WalletAccountView,
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
        limit: Limit = None,
        cursor: Cursor = None,
    ) -> ClientList:
        """Return a page of clients, oldest first."""
        return await clients.list(limit, cursor)

    @get("/{client_id:uuid}", operation_id="getClient", responses=answers(401, 404, 503))
    async def get_client(
        self, client_id: FromPath[UUID], clients: NamedDependency[ClientService]
    ) -> ClientView:
        """Return one client."""
        return await clients.get(client_id)

    @get(
        "/by-wallet/{address:str}",
        operation_id="findClientByWallet",
        responses=answers(401, 404, 503),
    )
    async def find_by_wallet(
        self, address: FromPath[str], clients: NamedDependency[ClientService]
    ) -> WalletAccountView:
        """Return the account behind a wallet address, in any letter case."""
        return await clients.find_by_wallet(address)

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
        clients: NamedDependency[ClientService],
        caller: NamedDependency[Caller],
    ) -> ClientView:
        """Give a client a wallet; one that it has already changes nothing."""
        return await clients.put_wallet(client_id, data, caller)

    @put(
        "/{client_id:uuid}/connector",
        operation_id="putConnector",
        responses=answers(401, 403, 404, 408, 409, 413, 415, 422, 503),
    )
    async def put_connector(
        self,
        client_id: FromPath[UUID],
        data: Annotated[ConnectorInput, BodyKwarg(examples=examples.CONNECTOR)],
        clients: NamedDependency[ClientService],
        caller: NamedDependency[Caller],
    ) -> ClientView:
        """Store a connector, or replace the credentials of the one that is there."""
        return await clients.put_connector(client_id, data, caller)

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

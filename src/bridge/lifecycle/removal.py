"""Removing clients and connectors: what they have upstream is taken away, then their rows go."""

from typing import Literal
from uuid import UUID

from bridge.access.caller import Caller
from bridge.audit.changes import Change
from bridge.chores import ChoreRepository
from bridge.clients.changing import lock_client
from bridge.clients.repository import ClientRepository
from bridge.clients.structs import ClientDeleted, ConnectorDeleted
from bridge.connectors.repository import ConnectorRepository
from bridge.db.failures import Connection
from bridge.db.pool import Database
from bridge.errors import ClientNotFoundError, ConflictError, NotFoundError
from bridge.lifecycle.records import Record
from bridge.lifecycle.repository import BotRecordRepository
from bridge.lifecycle.requests import RequestService
from bridge.lifecycle.store import Store


class ConnectorNotFoundError(NotFoundError):
    """This client has no connector of this id."""

    code = "connector-not-found"


class ConnectorInUseError(ConflictError):
    """A bot that is not stopped uses this connector; stop it first."""

    code = "connector-in-use"


class RemovalService:
    """Removes clients and connectors.

    Args:
        has_upstream: Whether there is one that may hold a client's credentials.
    """

    def __init__(
        self, database: Database, store: Store, requests: RequestService, *, has_upstream: bool
    ) -> None:
        self._database = database
        self._store = store
        self._requests = requests
        self._has_upstream = has_upstream

    async def delete_client(self, client_id: UUID, caller: Caller) -> ClientDeleted:
        """Remove a client with its wallets, connectors and bots; its wallets are free at once.

        Raises:
            ClientNotFoundError: There is none of this id.
        """

        async def work(connection: Connection) -> Literal["deleted", "deleting"]:
            return await self._remove(connection, client_id, caller)

        return ClientDeleted(status=await self._database.write(work), client_id=client_id)

    async def _remove(
        self, connection: Connection, client_id: UUID, caller: Caller
    ) -> Literal["deleted", "deleting"]:
        clients = ClientRepository(connection)
        client = await clients.lock(client_id)
        if client is None:
            raise ClientNotFoundError
        if client.deleted_at is not None:
            return "deleting"
        records = await self._locked(connection, client.account_identifier)
        connectors = await ConnectorRepository(connection).list_names(client_id)
        has_more = bool(connectors) and self._has_upstream
        if has_more or any(record.live or record.run is not None for record in records):
            ends = [await self._requests.remove(connection, each, caller) for each in records]
            has_more |= "deleting" in ends
        change = Change(
            client.account_identifier, "client.deleted", str(client_id), {"name": client.name}
        )
        if not has_more:
            await clients.delete(client_id)
            await self._store.record(connection, caller, change)
            return "deleted"
        await clients.mark_deleted(client_id)
        await ChoreRepository(connection).insert("remove_client", client_id)
        await self._store.record(connection, caller, change)
        return "deleting"

    async def delete_connector(
        self, client_id: UUID, connector_id: UUID, caller: Caller
    ) -> ConnectorDeleted:
        """Remove a connector; its credentials are taken away upstream before its row goes.

        Raises:
            ClientNotFoundError: There is no client of this id.
            ConnectorNotFoundError: It has no connector of this id.
            ConnectorInUseError: A bot that uses it is not stopped.
        """

        async def work(connection: Connection) -> Literal["deleted", "deleting"]:
            return await self._remove_connector(connection, client_id, connector_id, caller)

        status = await self._database.write(work)
        return ConnectorDeleted(status=status, client_id=client_id, connector_id=connector_id)

    async def _remove_connector(
        self, connection: Connection, client_id: UUID, connector_id: UUID, caller: Caller
    ) -> Literal["deleted", "deleting"]:
        client = await lock_client(connection, client_id)
        connectors = ConnectorRepository(connection)
        connector = await connectors.find_named(client_id, connector_id)
        if connector is None:
            raise ConnectorNotFoundError
        if connector.deleted_at is not None:
            return "deleting"
        # A start holds its bot and then looks for the connector, so none slips in behind this.
        records = await self._locked(connection, client.account_identifier)
        users = [each for each in records if each.row.connector == connector.name]
        if any(each.live or each.run is not None for each in users):
            raise ConnectorInUseError
        if self._has_upstream:
            await connectors.mark_deleted(connector_id)
            await ChoreRepository(connection).insert("sync_connector", connector_id)
        else:
            await connectors.delete(connector_id)
        change = Change(
            client.account_identifier,
            "connector.deleted",
            str(client_id),
            {"connector": connector.name},
        )
        await self._store.record(connection, caller, change)
        return "deleting" if self._has_upstream else "deleted"

    async def _locked(self, connection: Connection, account: str) -> list[Record]:
        bot_ids = await BotRecordRepository(connection).list_ids(account)
        records = [await self._store.lock(connection, bot_id) for bot_id in bot_ids]
        return [record for record in records if record is not None]

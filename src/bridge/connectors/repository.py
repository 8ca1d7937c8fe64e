"""Connectors in PostgreSQL; credentials come in sealed and are never read for an answer."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from bridge.connectors.structs import CredentialsRow, NamedConnectorRow
from bridge.db.rows import Executor, fetch_one
from bridge.db.sql import load


class StoredConnector(msgspec.Struct, frozen=True, kw_only=True):
    """What `ConnectorRepository.upsert` writes.

    Attributes:
        name: The exchange in lower case; unique per client.
        exchange: The name as it was sent.
        sync_error: Why these credentials cannot be sent upstream, or None.
    """

    id: UUID
    client_id: UUID
    name: str
    exchange: str
    sealed_credentials: bytes
    preview: str
    sync_error: str | None


class ConnectorRepository:
    """Connectors of clients, one per exchange."""

    LOAD: Final = load("connectors/load")
    SET_SYNCED: Final = load("connectors/set_synced")
    LIST_NAMES: Final = load("connectors/list_names")
    LIST_CURRENT_NAMES: Final = load("connectors/list_current_names")
    FIND_ID: Final = load("connectors/find_id")
    FIND_STORED_ID: Final = load("connectors/find_stored_id")
    FIND_NAMED: Final = load("connectors/find_named")
    SET_UNSYNCED: Final = load("connectors/set_unsynced")
    MARK_DELETED: Final = load("connectors/mark_deleted")
    DELETE_MARKED: Final = load("connectors/delete_marked")
    DELETE: Final = load("connectors/delete")
    UPSERT: Final = load("connectors/upsert")

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def find_id(self, client_id: UUID, name: str) -> UUID | None:
        """Return the id of the client's connector of this name; None also when it is going."""
        row = await self._db.fetchrow(self.FIND_ID, client_id, name)
        return None if row is None else row[0]

    async def find_stored_id(self, client_id: UUID, name: str) -> UUID | None:
        """Return the id of the client's connector of this name, also when it is going."""
        row = await self._db.fetchrow(self.FIND_STORED_ID, client_id, name)
        return None if row is None else row[0]

    async def find_named(self, client_id: UUID, connector_id: UUID) -> NamedConnectorRow | None:
        """Return one of a client's connectors, also one that is going."""
        return await fetch_one(
            self._db, NamedConnectorRow, self.FIND_NAMED, client_id, connector_id
        )

    async def load(self, connector_id: UUID) -> CredentialsRow | None:
        """Return a connector with its sealed credentials, to be sent upstream."""
        return await fetch_one(self._db, CredentialsRow, self.LOAD, connector_id)

    async def set_synced(self, connector_id: UUID, revision: int, error: str | None) -> bool:
        """Note what the upstream says of a revision; False when a newer one is stored."""
        row = await self._db.fetchrow(self.SET_SYNCED, connector_id, revision, error)
        return row is not None

    async def set_unsynced(self, client_id: UUID, names: Sequence[str]) -> list[UUID]:
        """Note that the upstream lacks the credentials of these; return those that it can take."""
        rows = await self._db.fetch(self.SET_UNSYNCED, client_id, names)
        return [row[0] for row in rows]

    async def mark_deleted(self, connector_id: UUID) -> None:
        """Take a connector off its client; its row goes when the upstream has lost it."""
        await self._db.execute(self.MARK_DELETED, connector_id)

    async def delete_marked(self, connector_id: UUID) -> bool:
        """Remove a connector that is going; False when somebody has stored it anew."""
        return await self._db.fetchrow(self.DELETE_MARKED, connector_id) is not None

    async def delete(self, connector_id: UUID) -> None:
        """Remove a connector."""
        await self._db.execute(self.DELETE, connector_id)

    async def list_names(self, client_id: UUID) -> list[str]:
        """Return the names of a client's connectors, with those that are going."""
        return [row[0] for row in await self._db.fetch(self.LIST_NAMES, client_id)]

    async def list_current_names(self, client_id: UUID) -> list[str]:
        """Return the names of a client's connectors, without those that are going."""
        return [row[0] for row in await self._db.fetch(self.LIST_CURRENT_NAMES, client_id)]

    async def upsert(self, connector: StoredConnector) -> int:
        """Store or replace a connector and return its revision."""
        row = await self._db.fetchrow(
            self.UPSERT,
            connector.id,
            connector.client_id,
            connector.name,
            connector.exchange,
            connector.sealed_credentials,
            connector.preview,
            connector.sync_error,
        )
        if row is None:
            raise AssertionError  # an upsert without a condition always returns its row
        return int(row[0])

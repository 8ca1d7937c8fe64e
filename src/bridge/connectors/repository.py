"""Connectors in PostgreSQL; credentials come in sealed and are never read for an answer."""

from typing import Final
from uuid import UUID

import msgspec

from bridge.connectors.structs import CredentialsRow
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
    FIND_ID: Final = load("connectors/find_id")
    UPSERT: Final = load("connectors/upsert")

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def find_id(self, client_id: UUID, name: str) -> UUID | None:
        """Return the id of the client's connector of this name."""
        row = await self._db.fetchrow(self.FIND_ID, client_id, name)
        return None if row is None else row[0]

    async def load(self, connector_id: UUID) -> CredentialsRow | None:
        """Return a connector with its sealed credentials, to be sent upstream."""
        return await fetch_one(self._db, CredentialsRow, self.LOAD, connector_id)

    async def set_synced(self, connector_id: UUID, revision: int, error: str | None) -> bool:
        """Note what the upstream says of a revision; False when a newer one is stored."""
        row = await self._db.fetchrow(self.SET_SYNCED, connector_id, revision, error)
        return row is not None

    async def list_names(self, client_id: UUID) -> list[str]:
        """Return the names of a client's connectors."""
        return [row[0] for row in await self._db.fetch(self.LIST_NAMES, client_id)]

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

"""Connectors in PostgreSQL; credentials come in sealed and are never read for an answer."""

from typing import Final
from uuid import UUID

import msgspec

from bridge.db.rows import Executor
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

    FIND_ID: Final = load("connectors/find_id")
    UPSERT: Final = load("connectors/upsert")

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def find_id(self, client_id: UUID, name: str) -> UUID | None:
        """Return the id of the client's connector of this name."""
        row = await self._db.fetchrow(self.FIND_ID, client_id, name)
        return None if row is None else row[0]

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

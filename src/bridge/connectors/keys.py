"""Under which keys the stored credentials are, and bringing them under the current one."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Final
from uuid import UUID

import msgspec
import structlog

from bridge.db.failures import Connection
from bridge.db.pool import Database
from bridge.db.rows import Executor, fetch_all
from bridge.db.sql import load
from bridge.errors import SealError
from bridge.vault.sealing import Place, Vault

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
_FIRST_ID: Final = UUID(int=0)
_MOST_NAMED: Final = 1_000
_MORE_PASSES: Final = 4
_PASS_SECONDS: Final = 0.2


class KeyCountRow(msgspec.Struct, frozen=True):
    """How many credentials are under a key; its id is empty where nothing can be read."""

    key_id: str
    count: int


class KeyUseRow(msgspec.Struct, frozen=True):
    """A connector, and the key that its credentials are under."""

    account_identifier: str
    name: str
    key_id: str


class SealedRow(msgspec.Struct, frozen=True):
    """Credentials as they are stored."""

    id: UUID
    client_id: UUID
    sealed_credentials: bytes


class Rotated(msgspec.Struct, frozen=True):
    """What a rotation came to.

    Attributes:
        renewed: How many are under the current key now that were not.
        refused: Those that could not be opened; they are as they were.
        left: How many more are under another key still.
    """

    renewed: int
    refused: tuple[UUID, ...]
    left: int


class SealedRepository:
    """Sealed credentials, without a look into them."""

    COUNT_KEYS: Final = load("connectors/count_keys")
    LIST_UNDER_KEYS: Final = load("connectors/list_under_keys")
    LOCK_OUTDATED: Final = load("connectors/lock_outdated")
    UPDATE_SEALED: Final = load("connectors/update_sealed")

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def count_keys(self) -> list[KeyCountRow]:
        """Return how many credentials are under which key."""
        return await fetch_all(self._db, KeyCountRow, self.COUNT_KEYS)

    async def list_not_under(self, key_ids: Sequence[str]) -> list[KeyUseRow]:
        """Return the connectors whose credentials are under none of these keys."""
        return await fetch_all(self._db, KeyUseRow, self.LIST_UNDER_KEYS, key_ids, _MOST_NAMED)

    async def lock_outdated(self, head: bytes, after_id: UUID, limit: int) -> list[SealedRow]:
        """Return credentials that do not begin like those under the current key, by id."""
        return await fetch_all(self._db, SealedRow, self.LOCK_OUTDATED, head, after_id, limit)

    async def update_sealed(self, renewed: Sequence[tuple[UUID, bytes]]) -> None:
        """Store credentials under another key."""
        ids, sealed = [each[0] for each in renewed], [each[1] for each in renewed]
        await self._db.execute(self.UPDATE_SEALED, ids, sealed)


class Rotation:
    """Brings credentials under the current key, batch by batch, while servers go on.

    It holds the rows of one batch, which readers never wait for, and skips those that somebody else
    holds. Killed at any moment, it goes on where it was when it is run again.
    """

    def __init__(self, database: Database, vault: Vault, batch: int = 100) -> None:
        self._database = database
        self._vault = vault
        self._batch = batch
        self._refused: dict[UUID, str] = {}

    async def run(self) -> Rotated:
        """Go over all credentials, and again over those that were held."""
        renewed, left = await self._pass(), await self._left()
        for _ in range(_MORE_PASSES):
            if left == 0:
                break
            await asyncio.sleep(_PASS_SECONDS)
            renewed += await self._pass()
            left = await self._left()
        return Rotated(renewed, tuple(self._refused), left)

    async def _left(self) -> int:
        """Return how many others than the refused ones are under another key."""
        counts = await SealedRepository(self._database).count_keys()
        current = self._vault.current_key_id
        outdated = sum(row.count for row in counts if row.key_id != current)
        return max(0, outdated - len(self._refused))

    async def _pass(self) -> int:
        self._refused.clear()
        renewed, after_id = 0, _FIRST_ID
        while True:
            rows = await self._database.write(partial(self._renew, after_id))
            renewed += sum(row.id not in self._refused for row in rows)
            if len(rows) < self._batch:
                return renewed
            after_id = rows[-1].id

    async def _renew(self, after_id: UUID, connection: Connection) -> list[SealedRow]:
        sealed = SealedRepository(connection)
        rows = await sealed.lock_outdated(self._vault.head, after_id, self._batch)
        renewed: list[tuple[UUID, bytes]] = []
        for row in rows:
            place = Place("connectors", row.client_id, row.id, "sealed_credentials")
            try:
                renewed.append((row.id, self._vault.rewrap(row.sealed_credentials, place)))
            except SealError as error:
                _LOG.warning("not rotated", connector=str(row.id), reason=error.detail)
                self._refused[row.id] = error.detail
        if renewed:
            await sealed.update_sealed(renewed)
        return rows


class KeyWatch:
    """Whether the stored credentials can be opened with the keys that are there.

    Attributes:
        missing: Ids of the keys that are needed and not there, as last seen.
    """

    def __init__(self, database: Database, vault: Vault | None) -> None:
        self._database = database
        self._vault = vault
        self.missing: tuple[str, ...] = ()

    async def look(self) -> int:
        """Look, and log what has changed for the worse; returns how many keys are missing."""
        counts = await SealedRepository(self._database).count_keys()
        before, self.missing = self.missing, missing_keys(counts, self._vault)
        for row in counts:
            if row.key_id in self.missing and row.key_id not in before:
                _LOG.error("vault key missing", key=row.key_id, credentials=row.count)
        return len(self.missing)


def missing_keys(counts: Sequence[KeyCountRow], vault: Vault | None) -> tuple[str, ...]:
    """Return the ids of the keys that stored credentials need and the vault lacks."""
    return tuple(row.key_id for row in counts if vault is None or not vault.has_key(row.key_id))

"""Clients in PostgreSQL, read together with their wallets and connectors."""

from typing import Final
from uuid import UUID

import msgspec

from bridge.clients.structs import ClientRow, LockedClientRow
from bridge.db.rows import Executor, fetch_all, fetch_one
from bridge.db.sql import load
from bridge.pages import Page


class ClientRepository:
    """Clients as stored; one statement reads one with all its parts."""

    FIND_ID: Final = load("clients/find_id")
    FIND_BY_ID: Final = load("clients/find_by_id")
    FIND_BY_WALLET: Final = load("clients/find_by_wallet")
    FIND_NEXT_SUFFIX: Final = load("clients/find_next_suffix")
    LIST: Final = load("clients/list")
    INSERT: Final = load("clients/insert")
    LOCK: Final = load("clients/lock")
    UPDATE: Final = load("clients/update")
    MARK_DELETED: Final = load("clients/mark_deleted")
    DELETE_WALLETS: Final = load("wallets/delete_of_client")
    DELETE: Final = load("clients/delete")

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def find_id(self, account: str) -> UUID | None:
        """Return the client of an account; None when there is none, or it is being deleted."""
        row = await self._db.fetchrow(self.FIND_ID, account)
        return None if row is None else msgspec.convert(row[0], UUID)

    async def find_by_id(self, client_id: UUID) -> ClientRow | None:
        """Return one client, or None."""
        return await fetch_one(self._db, ClientRow, self.FIND_BY_ID, client_id)

    async def find_by_wallet(
        self, address_key: str, client_id: UUID | None = None
    ) -> ClientRow | None:
        """Return the owner of a wallet, or None; with an id also when it is another's.

        The key is the address in lower case.
        """
        return await fetch_one(self._db, ClientRow, self.FIND_BY_WALLET, address_key, client_id)

    async def find_next_suffix(self, stem: str, first: int) -> int:
        """Return a number that no account ``<stem>_<number>`` has reached, at least ``first``."""
        row = await self._db.fetchrow(self.FIND_NEXT_SUFFIX, stem, first)
        return first if row is None else int(row[0])

    async def list(self, page: Page, client_id: UUID | None = None) -> list[ClientRow]:
        """Return up to ``page.rows_wanted`` clients, oldest first; with an id only that one."""
        place = (page.after_created_at, page.after_id, page.rows_wanted)
        return await fetch_all(self._db, ClientRow, self.LIST, *place, client_id)

    async def insert(self, client_id: UUID, name: str, email: str | None, account: str) -> bool:
        """Store a client; False when its account identifier is taken."""
        row = await self._db.fetchrow(self.INSERT, client_id, name, email, account)
        return row is not None

    async def lock(self, client_id: UUID) -> LockedClientRow | None:
        """Return what a change starts from, held until the transaction ends; None when gone."""
        return await fetch_one(self._db, LockedClientRow, self.LOCK, client_id)

    async def update(self, client: LockedClientRow) -> None:
        """Write what may change of a client that this transaction has locked."""
        await self._db.execute(
            self.UPDATE,
            client.id,
            client.name,
            client.email,
            client.primary_wallet_id,
            client.self_service,
        )

    async def mark_deleted(self, client_id: UUID) -> None:
        """Take a client off the lists, and free its wallets."""
        await self._db.execute(self.MARK_DELETED, client_id)
        await self._db.execute(self.DELETE_WALLETS, client_id)

    async def delete(self, client_id: UUID) -> None:
        """Remove a client and all that is its."""
        await self._db.execute(self.DELETE, client_id)

"""Wallets in PostgreSQL."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from bridge.db.rows import Executor, constraint_errors, fetch_one
from bridge.db.sql import load
from bridge.errors import BridgeError, WalletTakenError
from bridge.wallets.addresses import address_key
from bridge.wallets.structs import Chain, WalletOwnerRow, WalletRow

ERRORS_BY_CONSTRAINT: Mapping[str, type[BridgeError]] = {
    "wallets_address_key_key": WalletTakenError,
}


class WalletRepository:
    """Wallets of clients; an address belongs to one client in any letter case."""

    INSERT: Final = load("wallets/insert")
    FIND_BY_KEY: Final = load("wallets/find_by_key")
    FIND_BY_ID: Final = load("wallets/find_by_id")
    UPDATE: Final = load("wallets/update")
    DELETE: Final = load("wallets/delete")

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def insert(
        self, wallet_id: UUID, client_id: UUID, chain: Chain, address: str, position: int
    ) -> bool:
        """Store a wallet; False when its address is stored already, for whomever.

        Waits for others that store the same address. Whoever stores several goes by ascending
        key, so that two never wait for each other; ``position`` keeps the order they were sent in.
        """
        row = await self._db.fetchrow(
            self.INSERT, wallet_id, client_id, chain, address, address_key(address), position
        )
        return row is not None

    async def find_by_key(self, address_key: str) -> WalletOwnerRow | None:
        """Return whose wallet this is; the key is the address in lower case."""
        return await fetch_one(self._db, WalletOwnerRow, self.FIND_BY_KEY, address_key)

    async def find_by_id(self, client_id: UUID, wallet_id: UUID) -> WalletRow | None:
        """Return one of a client's wallets, or None."""
        return await fetch_one(self._db, WalletRow, self.FIND_BY_ID, client_id, wallet_id)

    async def update(self, wallet_id: UUID, chain: Chain, address: str) -> None:
        """Give a wallet another address.

        Raises:
            WalletTakenError: The address is stored already; the transaction is spoilt.
        """
        with constraint_errors(ERRORS_BY_CONSTRAINT):
            await self._db.execute(self.UPDATE, wallet_id, chain, address, address_key(address))

    async def delete(self, client_id: UUID, wallet_id: UUID) -> WalletRow | None:
        """Remove one of a client's wallets and return it; None when there is none of this id."""
        return await fetch_one(self._db, WalletRow, self.DELETE, client_id, wallet_id)

"""Wallets in PostgreSQL."""

from typing import Final
from uuid import UUID

from bridge.db.rows import Executor, fetch_one
from bridge.db.sql import load
from bridge.wallets.addresses import address_key
from bridge.wallets.structs import Chain, WalletOwnerRow


class WalletRepository:
    """Wallets of clients; an address belongs to one client in any letter case."""

    INSERT: Final = load("wallets/insert")
    FIND_BY_KEY: Final = load("wallets/find_by_key")

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

"""Keys of requests and their first answers, in PostgreSQL."""

from datetime import timedelta
from typing import Final

import msgspec

from bridge.db.rows import Executor, fetch_one, lock_errors
from bridge.db.sql import load
from bridge.idempotency.keys import KeyInUseError, RequestKey


class KeptAnswerRow(msgspec.Struct, frozen=True):
    """What was answered first."""

    fingerprint: bytes
    status: int
    answer: bytes


class AnswerRepository:
    """One row for each key of each sender, written in the transaction of what the request does."""

    CLAIM: Final = load("idempotency_keys/claim")
    END_WAIT: Final = load("idempotency_keys/end_wait")
    KEEP: Final = load("idempotency_keys/keep")
    FIND: Final = load("idempotency_keys/find")
    PRUNE: Final = load("idempotency_keys/prune")

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def claim(self, actor: str, key: RequestKey, wait: timedelta) -> bool:
        """Take a key for this transaction; False when it has been answered.

        Waits for a transaction that holds it.

        Raises:
            KeyInUseError: That one did not end in time; this transaction is spoilt.
        """
        milliseconds = f"{wait // timedelta(milliseconds=1)}ms"
        with lock_errors(KeyInUseError):
            row = await self._db.fetchrow(
                self.CLAIM, actor, key.text, key.fingerprint, milliseconds
            )
        if row is None:
            return False
        await self._db.execute(self.END_WAIT)
        return True

    async def keep(self, actor: str, key: RequestKey, status: int, answer: bytes) -> None:
        """Keep the answer to a key that this transaction has claimed."""
        await self._db.execute(self.KEEP, actor, key.text, status, answer)

    async def find(self, actor: str, key: RequestKey) -> KeptAnswerRow | None:
        """Return what was answered to a key, if anything was."""
        return await fetch_one(self._db, KeptAnswerRow, self.FIND, actor, key.text)

    async def prune(self, age: timedelta, limit: int) -> int:
        """Forget up to ``limit`` answers older than ``age``; return how many there were."""
        return len(await self._db.fetch(self.PRUNE, age, limit))

"""What the leader owes the upstream besides its bots, in PostgreSQL."""

from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from bridge.db.rows import Executor, fetch_one
from bridge.db.sql import load

Kind = Literal["sync_connector", "remove_client"]


class ChoreRow(msgspec.Struct, frozen=True):
    """Something that the leader owes the upstream.

    Attributes:
        due_at: Another one when it is asked for again.
    """

    kind: Kind
    subject_id: UUID
    attempts: int
    due_at: datetime


class ChoreRepository:
    """Credentials to send, clients to remove."""

    INSERT: Final = load("chores/insert")
    FIND_DUE: Final = load("chores/find_due")
    POSTPONE: Final = load("chores/postpone")
    DELETE: Final = load("chores/delete")

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def insert(self, kind: Kind, subject_id: UUID) -> None:
        """Have it done by the leader, at once also when it was put off."""
        await self._db.execute(self.INSERT, kind, subject_id)

    async def find_due(self) -> ChoreRow | None:
        """Return what is due first."""
        return await fetch_one(self._db, ChoreRow, self.FIND_DUE)

    async def postpone(self, chore: ChoreRow, pause: timedelta) -> None:
        """Try it again later; one that was asked for again meanwhile is due already."""
        place = (chore.kind, chore.subject_id, chore.due_at)
        await self._db.execute(self.POSTPONE, *place, pause)

    async def delete(self, chore: ChoreRow) -> None:
        """It is done; one that was asked for again meanwhile stays."""
        await self._db.execute(self.DELETE, chore.kind, chore.subject_id, chore.due_at)

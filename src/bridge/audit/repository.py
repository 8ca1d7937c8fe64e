"""Events in PostgreSQL, to be read and in the end forgotten; `changes` writes them."""

from datetime import timedelta
from typing import Final

from bridge.audit.structs import EventFilter, EventRow
from bridge.db.rows import Executor, fetch_all
from bridge.db.sql import load


class EventRepository:
    """What happened. Each list goes by an index of its own."""

    LIST: Final = load("events/list")
    LIST_BY_ACCOUNT: Final = load("events/list_by_account")
    LIST_BY_ACTION: Final = load("events/list_by_action")
    LIST_BY_ACTOR: Final = load("events/list_by_actor")
    LIST_BY_SUBJECT: Final = load("events/list_by_subject")
    PRUNE: Final = load("events/prune")

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def list(self, wanted: EventFilter, limit: int) -> list[EventRow]:
        """Return up to ``limit`` events, newest first."""
        place = (wanted.since, wanted.before, wanted.before_id, limit)
        match wanted:
            case EventFilter(subject=str(subject)):
                arguments = (self.LIST_BY_SUBJECT, subject)
            case EventFilter(account=str(account)):
                names = (wanted.client_id, wanted.actor, wanted.action)
                arguments = (self.LIST_BY_ACCOUNT, account, *names)
            case EventFilter(actor=str(actor)):
                arguments = (self.LIST_BY_ACTOR, actor, wanted.action)
            case EventFilter(action=str(action)):
                arguments = (self.LIST_BY_ACTION, action)
            case _:
                arguments = (self.LIST,)
        sql, *filters = arguments
        return await fetch_all(self._db, EventRow, sql, *filters, *place)

    async def prune(self, age: timedelta, limit: int) -> int:
        """Forget up to ``limit`` events older than ``age``; return how many there were."""
        return len(await self._db.fetch(self.PRUNE, age, limit))

"""Recording a change: its event, and the account's next version, in the change's transaction."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import msgspec

from bridge.access.caller import Caller
from bridge.db.changed import note_changed
from bridge.db.rows import Executor
from bridge.db.sql import load


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one account, or to none.

    Attributes:
        action: ``<noun>.<participle>``, such as ``client.created``.
        subject: Id of what changed.
        detail: What is worth keeping, never a secret.
    """

    account: str | None
    action: str
    subject: str
    detail: dict[str, object]


class ChangeLog:
    """Events, and versions per account.

    Args:
        hints: Whether those who listen are notified of new versions; without, they look for them.
    """

    INSERT_EVENT: Final = load("events/insert")
    BUMP_VERSIONS: Final = load("versions/bump")

    def __init__(self, *, hints: bool = True) -> None:
        self._hints = hints

    async def record(self, db: Executor, caller: Caller, change: Change) -> None:
        """Write the event and raise the account's version; call it last in the transaction.

        The version's row stays locked until the commit, so that versions become visible in the
        order in which they count.
        """
        await self.note(db, caller, change)
        if change.account is not None:
            await self.bump(db, [change.account])

    async def note(self, db: Executor, caller: Caller, change: Change) -> None:
        """Write the event alone; the version is the caller's to raise."""
        await db.execute(
            self.INSERT_EVENT,
            uuid4(),
            change.account,
            caller.actor,
            change.action,
            change.subject,
            msgspec.json.encode(change.detail).decode(),
            caller.request_id,
        )

    async def bump(self, db: Executor, accounts: Iterable[str]) -> None:
        """Raise the versions of these accounts, in the order in which everybody locks them."""
        changed = sorted(set(accounts))
        await db.execute(self.BUMP_VERSIONS, changed, secrets.token_hex(4), self._hints)
        note_changed(changed)

"""Recording a change: its event, and the account's next version, in the change's transaction."""

import secrets
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import msgspec

from bridge.access.caller import Caller
from bridge.db.rows import Executor
from bridge.db.sql import load


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one account.

    Attributes:
        action: ``<noun>.<participle>``, such as ``client.created``.
        subject: Id of the row that changed.
        detail: What is worth keeping, never a secret.
    """

    account: str
    action: str
    subject: str
    detail: dict[str, object]


class ChangeLog:
    """Events, and versions per account."""

    INSERT_EVENT: Final = load("events/insert")
    BUMP_VERSION: Final = load("versions/bump")

    async def record(self, db: Executor, caller: Caller, change: Change) -> None:
        """Write the event and raise the account's version; call it last in the transaction.

        The version's row stays locked until the commit, so that versions become visible in the
        order in which they count.
        """
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
        await db.execute(self.BUMP_VERSION, change.account, secrets.token_hex(4))

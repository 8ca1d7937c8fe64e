"""Events as they are stored and looked for."""

from datetime import datetime
from uuid import UUID

import msgspec


class EventRow(msgspec.Struct, frozen=True):
    """An event as stored; ``detail`` is JSON text."""

    id: UUID
    account: str | None
    actor: str
    action: str
    subject: str
    detail: str
    request_id: str
    created_at: datetime


class EventFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which events are wanted; None stands for all.

    Attributes:
        client_id: With ``account``, nothing from before this client had it: a name that is free
            again can be given to somebody else.
        subject: The id of what changed; goes with a time, not with the other three.
        since: The oldest moment.
        before: With ``before_id`` the first event that is too new.
    """

    account: str | None = None
    client_id: UUID | None = None
    subject: str | None = None
    actor: str | None = None
    action: str | None = None
    since: datetime
    before: datetime
    before_id: UUID

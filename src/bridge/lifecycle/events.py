"""Which events a request asks for, checked. Pure."""

from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from bridge.audit.structs import EventFilter
from bridge.errors import FieldError, RuleError
from bridge.lifecycle.structs import EventWish
from bridge.pages import Page
from bridge.text import text_problem

OLDEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_Aware = Annotated[datetime, Meta(tz=True)]
_FORM: Final = "must be a moment with its zone, such as 2026-05-01T00:00:00Z"
_FIRST_ID: Final = UUID(int=0)


def event_filter(wish: EventWish, page: Page, client_id: UUID | None) -> EventFilter:
    """Return what to look for, from where the page begins.

    Args:
        wish: What is asked for.
        page: Where to begin.
        client_id: The one who asks; None for somebody who may see all.

    Raises:
        RuleError: A time has no zone or is none of ours, or a name cannot be one.
    """
    faults = [
        FieldError(field, problem)
        for field in ("account", "actor", "action")
        if (problem := text_problem(getattr(wish, field) or ""))
    ]
    if faults:
        raise RuleError(*faults)
    place = (page.after_created_at, page.after_id)
    if wish.until is not None:
        place = min(place, (_moment("until", wish.until), _FIRST_ID))
    return EventFilter(
        account=wish.account,
        client_id=client_id,
        actor=wish.actor,
        action=wish.action,
        since=OLDEST if wish.since is None else _moment("from", wish.since),
        before=place[0],
        before_id=place[1],
    )


def _moment(field: str, text: str) -> datetime:
    try:
        at = msgspec.convert(text, _Aware, strict=False).astimezone(UTC)
    except (msgspec.ValidationError, OverflowError) as exc:
        raise RuleError(FieldError(field, _FORM)) from exc
    return max(at, OLDEST)

"""Why a shown state is stale, in one word."""

from datetime import datetime, timedelta
from typing import Final, Protocol

from bridge.lifecycle.facts import Shown
from bridge.lifecycle.states import Reason

# Far beyond any lease: then nobody leads.
_NO_LEADER: Final = timedelta(seconds=15)
_OWN: Final[frozenset[Reason]] = frozenset({"no_heartbeat", "no_report"})


class Looked(Protocol):
    """A row that says how old the last look is."""

    @property
    def beat_at(self) -> datetime | None:
        """When the leader was last heard."""
        ...

    @property
    def look_error(self) -> str | None:
        """Code of the error with which the newest look failed."""
        ...

    @property
    def read_at(self) -> datetime:
        """When the row was read."""
        ...


def stale_reason(row: Looked, shown: Shown) -> str | None:
    """Return why nothing newer is known; None when the state is not stale.

    ``no_heartbeat`` and ``no_report`` are about the bot; ``no_leader`` about this service; anything
    else is the code of the error that the Hummingbot API, or the way to it, gave.
    """
    if not shown.stale:
        return None
    if shown.reason in _OWN:
        return shown.reason
    if row.beat_at is None or row.read_at - row.beat_at > _NO_LEADER:
        return "no_leader"
    return row.look_error or "hummingbot_unreachable"

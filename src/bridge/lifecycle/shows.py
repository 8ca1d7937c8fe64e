"""Why a shown state is stale, in one word."""

from typing import Final

from bridge.lifecycle.facts import Shown
from bridge.lifecycle.sight import NO_LEADER, Seen
from bridge.lifecycle.states import Reason

_OWN: Final[frozenset[Reason]] = frozenset({"no_heartbeat", "no_report"})


def stale_reason(row: Seen, shown: Shown) -> str | None:
    """Return why nothing newer is known; None when the state is not stale.

    ``no_heartbeat`` and ``no_report`` are about the bot; ``no_leader`` about this service; anything
    else is the code of the error that the Hummingbot API, or the way to it, gave.
    """
    if not shown.stale:
        return None
    if shown.reason in _OWN:
        return shown.reason
    if row.beat_at is None or row.read_at - row.beat_at > NO_LEADER:
        return "no_leader"
    return row.look_error or "hummingbot_unreachable"

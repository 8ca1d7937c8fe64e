"""What the age of the newest look does to a stored state; computed by every reader, never stored.

The leader may be dead, and then nobody else would write it.
"""

from datetime import datetime

from msgspec.structs import replace

from bridge.lifecycle.facts import Bounds, Shown
from bridge.lifecycle.states import is_proven


def apply_age(shown: Shown, last_look_at: datetime | None, now: datetime, bounds: Bounds) -> Shown:
    """Return the state as it is to be shown now (row 6).

    What rests on a proof or on our record alone never ages: stopped, lost, a start that failed or
    expired. All else is stale past ``bounds.fresh``. Past ``bounds.bound`` it is unknown, but for a
    conflict, which stays one until it is settled, and a stop, which then waits for the upstream.

    Args:
        shown: As stored.
        last_look_at: When the newest decodable look was sent; None: there never was one.
        now: By the clock that wrote ``last_look_at``.
        bounds: How old that look may be.
    """
    if is_proven(shown.state, shown.reason):
        return shown
    if last_look_at is not None and now - last_look_at <= bounds.fresh:
        return shown
    if shown.state == "conflict" or (
        last_look_at is not None and now - last_look_at <= bounds.bound
    ):
        return replace(shown, stale=True)
    if shown.state == "stopping":
        return replace(shown, stale=True, reason="hummingbot_unreachable")
    fallen_at = shown.since if last_look_at is None else last_look_at + bounds.bound
    return replace(
        shown,
        state="unknown",
        reason="hummingbot_unreachable",
        since=shown.since if shown.state == "unknown" else max(shown.since, fallen_at),
        stale=True,
        error=None,
    )

"""One bot at one moment, as the rows of the table see it, and what a row answers."""

from datetime import datetime

import msgspec

from bridge.lifecycle.facts import BotRecord, Instance, OpenRun, Times
from bridge.lifecycle.states import Reason, State


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What the rows decide on.

    Attributes:
        record: With its instances brought up to date.
        own: The open run's instance.
        seen_until: Up to when the looks vouch for what they said; None: there never was one.
        is_seen_again: The newest look found ``own`` in the same condition as an earlier one.
        error_line: The last known line of the bot's error log.
    """

    record: BotRecord
    own: Instance | None
    now: datetime
    times: Times
    seen_until: datetime | None
    is_seen_again: bool
    error_line: str | None

    def is_seen_past(self, limit: datetime) -> bool:
        """Return whether a condition went on beyond ``limit``, as far as looks vouch for it."""
        return self.seen_until is not None and min(self.now, self.seen_until) > limit


class Verdict(msgspec.Struct, frozen=True):
    """A row's answer.

    Attributes:
        until: The last moment of this answer, when it ends without an event.
    """

    state: State
    reason: Reason
    stale: bool = False
    until: datetime | None = None
    error: str | None = None


def is_start_pending(record: BotRecord) -> bool:
    """Return whether a start was asked for that no run has taken up yet."""
    return record.desired == "running" and (
        record.last is None or record.generation > record.last.generation
    )


def is_stop_asked(record: BotRecord, run: OpenRun) -> bool:
    """Return whether the open run is to end; a newer start asks for that too."""
    return (
        record.desired == "stopped" or run.phase == "stopping" or record.generation > run.generation
    )

"""How a run ends: never by absence, only unsent or by a proof that its instance is gone."""

from datetime import datetime

from msgspec.structs import replace

from bridge.lifecycle.case import is_stop_asked
from bridge.lifecycle.facts import BotRecord, Containers, LastRun, OpenRun, Times
from bridge.lifecycle.instances import is_live, is_proven_gone
from bridge.lifecycle.states import Outcome


def outcome_of(
    record: BotRecord, containers: Containers | None, now: datetime, times: Times
) -> Outcome | None:
    """Return how the open run has ended; None while it has not, or there is none.

    Asked before the rows are tried, so that another live instance does not keep a run open whose
    own is gone. Row 14 is the last step: not listed, and proven gone.

    The record's instances must have been brought up to date.
    """
    run = record.run
    if run is None:
        return None
    is_stopping = is_stop_asked(record, run)
    if run.phase == "requested":  # nothing was sent yet
        is_expired = now > run.requested_at + times.start_expiry
        return "cancelled" if is_stopping else "expired" if is_expired else None
    if not is_proven_gone(run, containers):
        return None
    if is_stopping:
        return "stopped"
    return None if _is_listed(record, run) else _dead(run)


def closed(
    record: BotRecord, run: OpenRun, outcome: Outcome, containers: Containers | None
) -> BotRecord:
    """Return the record as it is once the run has ended that way."""
    gone_at = containers and containers.asked_at
    return replace(
        record,
        run=None,
        last=LastRun(generation=run.generation, outcome=outcome, instance=run.instance),
        instances=tuple(
            replace(instance, gone_at=gone_at) if instance.name == run.instance else instance
            for instance in record.instances
        ),
    )


def to_reopen(record: BotRecord) -> str | None:
    """Return the live instance of a run that had ended with proof, when no run is open (row 1)."""
    if record.run is not None:
        return None
    return next((i.name for i in record.instances if i.has_run and is_live(i)), None)


def _dead(run: OpenRun) -> Outcome:
    return "failed" if run.first_active_at is None else "gone"


def _is_listed(record: BotRecord, run: OpenRun) -> bool:
    return any(
        instance.name == run.instance and instance.condition not in ("absent", "exited")
        for instance in record.instances
    )

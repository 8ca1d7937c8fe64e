"""Rows 8 to 15 of docs/lifecycle-states.md: what the last look that may judge a run says of it."""

from datetime import datetime
from typing import assert_never

from msgspec.structs import replace

from bridge.lifecycle.case import Case, Verdict
from bridge.lifecycle.facts import Instance, OpenRun
from bridge.lifecycle.states import is_proven


def observed(case: Case, run: OpenRun, own: Instance) -> Verdict:
    """Return what the run's instance is doing.

    While a call with an effect on the run is under way no look may judge it, so what was last
    known is stale.
    """
    match own.condition:
        case None:
            verdict = Verdict("starting", "booting")  # deployed after the last look was sent
        case "trading":
            verdict = Verdict("running", "reporting")  # row 8
        case "emptied":
            verdict = _emptied(case)
        case "idle":
            verdict = _idle(case, run, own)
        case "waiting":
            verdict = _waiting(case, run, own)
        case "quiet":
            verdict = _quiet(case, run, own)
        case "absent":
            verdict = _absent(case, run, own)
        case "exited":
            verdict = _exited(run)
        case "unreadable":
            verdict = Verdict("unknown", "unreadable")  # row 15
        case _:
            assert_never(own.condition)
    return verdict if run.effect_ended_at else replace(verdict, stale=True)


def _emptied(case: Case) -> Verdict:
    """Row 9: figures seen in this run, only ``{}`` now; one look of it is not enough."""
    if case.is_seen_again or case.record.shown.reason == "strategy_stopped":
        return Verdict("error", "strategy_stopped", error=case.error_line)
    return _last_state(case)


def _idle(case: Case, run: OpenRun, own: Instance) -> Verdict:
    """Row 10: figures held, but silent for more than the upstream's own 30 s."""
    until = _began(run, own) + case.times.idle
    if case.is_seen_past(until):
        return Verdict("unknown", "no_heartbeat")
    return Verdict("running", "no_heartbeat", stale=True, until=until)


def _waiting(case: Case, run: OpenRun, own: Instance) -> Verdict:
    """Row 11: `stopped` or only ``{}``, and never any figures."""
    until = _grace_end(case, run, own)
    if not case.is_seen_past(until):
        return Verdict("starting", "booting", until=until)
    return _not_trading(case, own)


def _quiet(case: Case, run: OpenRun, own: Instance) -> Verdict:
    """Row 12: `stopped` now, but there had been figures."""
    until = _grace_end(case, run, own)
    if not case.is_seen_past(until):
        return _last_state(case, until)
    return _not_trading(case, own)


def _absent(case: Case, run: OpenRun, own: Instance) -> Verdict:
    """Row 13: not listed; its container is neither gone nor exited, as far as we know."""
    until = _grace_end(case, run, own)
    if run.first_active_at is None and not case.is_seen_past(until):
        return Verdict("starting", "booting", until=until)
    return Verdict("unknown", "unlisted")


def _exited(run: OpenRun) -> Verdict:
    """Row 14a: not listed, and its container has exited; it must be removed for the run to end."""
    if run.first_active_at is None:
        return Verdict("error", "boot_failed")
    return Verdict("lost", "container_exited")


def _not_trading(case: Case, own: Instance) -> Verdict:
    if own.is_active:
        return Verdict("error", "not_trading", error=case.error_line)
    return Verdict("unknown", "broker_silent")


def _last_state(case: Case, until: datetime | None = None) -> Verdict:
    """Return what the run was last shown as, stale; nothing that another row had to say of it."""
    shown = case.record.shown
    if shown.state == "running":
        return Verdict("running", "no_report", stale=True, until=until)
    if shown.state == "error" and not is_proven(shown.state, shown.reason):
        return Verdict("error", shown.reason, stale=True, until=until, error=case.error_line)
    return Verdict("unknown", "no_report", stale=True, until=until)


def _began(run: OpenRun, own: Instance) -> datetime:
    """Return the later of the deploy and the first look with this condition."""
    return max(
        run.deployed_at or run.requested_at,
        own.condition_since or run.requested_at,
    )


def _grace_end(case: Case, run: OpenRun, own: Instance) -> datetime:
    return _began(run, own) + case.times.grace

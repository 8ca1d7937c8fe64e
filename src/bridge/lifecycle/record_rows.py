"""Rows 2 to 7 of docs/lifecycle-states.md: what our record decides before any look does.

A row answers None when it does not match.
"""

from datetime import datetime
from typing import assert_never

from bridge.lifecycle.case import Case, Verdict, is_start_pending, is_stop_asked
from bridge.lifecycle.facts import Instance, OpenRun
from bridge.lifecycle.instances import is_live
from bridge.lifecycle.states import Reason


def conflict(case: Case) -> Verdict | None:
    """Row 2: a live instance that is not the open run's."""
    run = case.record.run
    live = [instance.name for instance in case.record.instances if is_live(instance)]
    if run is None or run.phase == "requested":
        strangers = live
    elif run.instance is None:
        strangers = live[1:]  # one may be what is being deployed
    else:
        strangers = [name for name in live if name != run.instance]
    if not strangers:
        return None
    return Verdict("conflict", "two_instances" if len(live) > 1 else "unexpected_instance")


def pending_start(case: Case) -> Verdict | None:
    """Row 3a: no open run, but a start was asked for that none has taken up yet."""
    if not is_start_pending(case.record):
        return None
    until = case.record.desired_at + case.times.start_expiry
    if case.now > until:
        return Verdict("error", "start_expired")
    return Verdict("starting", "start_requested", until=until)


def last_outcome(case: Case) -> Verdict:
    """Rows 3 and 4: no open run; how the last one ended."""
    last = case.record.last
    if last is None:
        return Verdict("stopped", "never_deployed")
    match last.outcome:
        case "stopped":
            return Verdict("stopped", "stopped")
        case "cancelled":
            return Verdict("stopped", "start_cancelled")
        case "failed":
            reason = "boot_failed" if last.instance else "deploy_failed"
            return Verdict("error", reason, error=last.error)
        case "expired":
            return Verdict("error", "start_expired", error=last.error)
        case "gone":
            return Verdict("lost", "instance_gone", error=last.error)
        case _:
            assert_never(last.outcome)


def stop_asked(case: Case, run: OpenRun) -> Verdict | None:
    """Row 5: a stop was asked for and the run is open; the reason is what it waits for."""
    if not is_stop_asked(case.record, run):
        return None
    if case.own is None:
        return Verdict("stopping", "deploy_unsettled")
    if case.own.condition == "exited":
        return Verdict("stopping", "container_exited")
    if run.stop_sent_at is None:  # nobody listens before it has booted
        since = max(case.record.desired_at, case.own.first_seen_at + case.times.grace)
        return _unanswered(case, case.own, since, "stop_requested")
    if _has_reacted(case.own):
        return Verdict("stopping", "waiting_for_container")
    return _unanswered(case, case.own, run.stop_sent_at, "waiting_for_container")


def deploying(case: Case, run: OpenRun) -> Verdict:
    """Row 7: no look can say anything about this run yet."""
    if run.phase == "requested":
        return Verdict("starting", "start_requested")  # endings.py says when it expires
    until = (run.deploying_since or run.requested_at) + case.times.in_doubt
    if case.now > until:
        return Verdict("unknown", "deploy_in_doubt")
    return Verdict("starting", "deploying", until=until)


def _unanswered(case: Case, own: Instance, since: datetime, reason: Reason) -> Verdict:
    """Return what a stop waits for; unlisted is no answer, but the container may be going."""
    if own.condition == "absent":
        since = max(since, own.condition_since or since)
    until = since + case.times.stop_patience
    if case.is_seen_past(until):
        return Verdict("stopping", "broker_silent")
    return Verdict("stopping", reason, until=until)


def _has_reacted(own: Instance) -> bool:
    # A silent `stopped` is no answer: with the broker down a booting bot shows the same.
    return own.is_active and own.condition in ("emptied", "quiet", "waiting")

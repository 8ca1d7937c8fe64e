"""The merge: our record and what was seen upstream, to one bot's state. Pure and total.

The states, and what leads from one to the next::

    stopped ──start──▶ starting ──figures──▶ running ◀──seen again──┐
       ▲                  │ died, no figures    │ silent, unlisted   │
       │                  ▼                     ▼                    │
       └──proof of gone── stopping ◀──stop── error, lost, unknown ───┘

    conflict: from anywhere, as long as an instance is live that is not the open run's.

Only a proof of gone ends a run that was deployed, and only a look that may judge a run says that
it is running. What a look said is remembered per instance, so that a merge without one (for a
request, or when a grace has elapsed) still knows it. How old that is, is not part of the merge:
see ``ages.apply_age``.
"""

from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from bridge.lifecycle.case import Case, Verdict
from bridge.lifecycle.endings import closed, outcome_of, to_reopen
from bridge.lifecycle.facts import (
    BotRecord,
    Entry,
    Instance,
    Look,
    Observation,
    OpenRun,
    Shown,
    Sight,
    Times,
)
from bridge.lifecycle.instances import bring_up, condition_of, own_entry
from bridge.lifecycle.look_rows import observed
from bridge.lifecycle.questions import is_seen_again, wants_container_list
from bridge.lifecycle.record_rows import (
    conflict,
    deploying,
    last_outcome,
    pending_start,
    stop_asked,
)

# The resolution of PostgreSQL's timestamps: a limit is passed one step after it.
_STEP: Final = timedelta(microseconds=1)


def merge(record: BotRecord, sight: Sight, now: datetime, times: Times) -> Observation:
    """Say what one bot is doing, and what follows from it for our record.

    Once the answer is stored, merging the same facts again changes nothing until ``merge_at``.

    Args:
        record: What we hold about the bot.
        sight: What is known of the upstream; other bots' names in it are skipped.
        now: By the clock that wrote the record's times.
        times: Every limit.
    """
    look = sight.look
    if look and now - look.sent_at > times.bounds.bound:
        look = None  # row 6: it says nothing any more
    entry = own_entry(record.run, look)
    run = _with_firsts(record.run, look, entry)
    record = replace(record, run=run)
    record = replace(record, instances=tuple(bring_up(record, look, sight.containers)))
    outcome = outcome_of(record, sight.containers, now, times)
    if run and outcome:
        record = closed(record, run, outcome, sight.containers)
    own = _own(record)
    case = Case(
        record=record,
        own=own,
        now=now,
        times=times,
        seen_until=_seen_until(sight, times),
        is_seen_again=bool(own and look and entry and is_seen_again(own, look)),
        error_line=(entry and entry.error_line) or record.shown.error,
    )
    verdict = _judge(case)
    return Observation(
        shown=_shown(record.shown, verdict, now),
        merge_at=_merge_at(case, verdict),
        ends_run=outcome,
        reopens_run=to_reopen(record),
        wants_container_list=wants_container_list(record, look, sight.containers, times.ghost),
        instances=record.instances,
        first_active_at=run and run.first_active_at,
        first_figures_at=run and run.first_figures_at,
    )


def _judge(case: Case) -> Verdict:
    """Try the rows in the table's order; the first that matches wins."""
    run, own = case.record.run, case.own
    if run is None:
        return conflict(case) or pending_start(case) or last_outcome(case)  # rows 2, 3a, 3, 4
    decided = conflict(case) or stop_asked(case, run)  # rows 2, 5
    if decided:
        return decided
    if own is None or run.phase != "deployed":
        return deploying(case, run)  # row 7
    return observed(case, run, own)  # rows 8 to 15


def _with_firsts(run: OpenRun | None, look: Look | None, entry: Entry | None) -> OpenRun | None:
    if run is None or look is None or entry is None:
        return run
    at = look.answered_at
    has_figures = condition_of(entry, had_figures=False) in {"trading", "idle"}
    return replace(
        run,
        first_active_at=run.first_active_at or (at if entry.recently_active else None),
        first_figures_at=run.first_figures_at or (at if has_figures else None),
    )


def _own(record: BotRecord) -> Instance | None:
    run = record.run
    return next((i for i in record.instances if run and i.name == run.instance), None)


def _seen_until(sight: Sight, times: Times) -> datetime | None:
    looks = [at for at in (sight.looked_at, sight.look and sight.look.sent_at) if at]
    return max(looks) + times.bounds.bound if looks else None


def _shown(before: Shown, verdict: Verdict, now: datetime) -> Shown:
    return Shown(
        state=verdict.state,
        reason=verdict.reason,
        since=before.since if verdict.state == before.state else now,
        known=before.known if verdict.state == "unknown" else verdict.state,
        stale=verdict.stale,
        error=verdict.error,
    )


def _merge_at(case: Case, verdict: Verdict) -> datetime | None:
    run, until = case.record.run, verdict.until
    if run and run.phase == "requested":  # it expires, whichever row decided
        until = run.requested_at + case.times.start_expiry
    return until + _STEP if until and until >= case.now else None

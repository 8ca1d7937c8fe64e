"""Records and looks for the tests of the merge; moments are seconds after ``T0``."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from bridge.lifecycle.facts import (
    BotRecord,
    Containers,
    Entry,
    Instance,
    LastRun,
    Look,
    Observation,
    OpenRun,
    Shown,
    Sight,
    Times,
)
from bridge.lifecycle.merge import merge
from bridge.lifecycle.states import Condition, Outcome, Reason, State

T0 = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
STEP = 1e-6  # the smallest step of time that is stored
BOT = "hummingbot-acct-0123456789ab"
ONE = f"{BOT}-20261122-081044"
TWO = f"{BOT}-20261122-081051"
TIMES = Times()

FIGURES = Entry(status="running", recently_active=True, has_figures=True)
EMPTY = Entry(status="running", recently_active=True)
IDLE = Entry(status="idle", recently_active=False, has_figures=True)
STOPPED = Entry(status="stopped", recently_active=True)
BOOTING = Entry(status="stopped", recently_active=False)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


_RUN = OpenRun(
    generation=1,
    phase="deployed",
    requested_at=at(0),
    deploying_since=at(9),
    deployed_at=at(10),
    effect_ended_at=at(10),
    instance=ONE,
)


def shown(state: State, reason: Reason, **given: object) -> Shown:
    known = "stopped" if state == "unknown" else state
    return replace(Shown(state=state, reason=reason, since=T0, known=known), **given)


def run(**given: object) -> OpenRun:
    """Make a run that was asked for at 0, deployed at 10 and has been left alone since."""
    return replace(_RUN, **given)


def traded(**given: object) -> OpenRun:
    """Make a run that has had figures."""
    return replace(_RUN, **({"first_active_at": at(14), "first_figures_at": at(17)} | given))


def stopping(**given: object) -> OpenRun:
    """Make a run whose stop was sent at 100."""
    stop: dict[str, object] = {"phase": "stopping", "stop_sent_at": at(100)}
    return traded(**(stop | {"effect_ended_at": at(100.1)} | given))


def requested(**given: object) -> OpenRun:
    return replace(OpenRun(generation=1, phase="requested", requested_at=at(0)), **given)


def deploying(**given: object) -> OpenRun:
    return requested(**({"phase": "deploying", "deploying_since": at(9)} | given))


def last(outcome: Outcome, **given: object) -> LastRun:
    return replace(LastRun(generation=1, outcome=outcome, instance=ONE), **given)


def instance(name: str = ONE, **given: object) -> Instance:
    return replace(Instance(name=name, first_seen_at=at(11)), **given)


def found(condition: Condition, since: float, **given: object) -> tuple[Instance, ...]:
    """Return ``ONE`` alone, as found in that condition from that look on."""
    usual: dict[str, object] = {"condition": condition, "condition_since": at(since)}
    return (replace(instance(has_run=True), **(usual | given)),)


def bot(open_run: OpenRun | None = None, **given: object) -> BotRecord:
    """Make a bot of generation 1, which is to run when it has a run and to be stopped if not."""
    usual = BotRecord(
        instance_name=BOT,
        desired="running" if open_run else "stopped",
        desired_at=at(0),
        generation=1,
        shown=shown("running", "reporting") if open_run else shown("stopped", "stopped"),
        run=open_run,
    )
    return replace(usual, **given)


def look(sent_at: float, *entries: Entry) -> Look:
    """Make a look that was answered 0.1 s later; entries are of ``ONE``, then ``TWO``."""
    listed: dict[str, Entry] = dict(zip((ONE, TWO), entries, strict=False))
    return Look(sent_at=at(sent_at), answered_at=at(sent_at + 0.1), entries=listed)


def lists(asked_at: float, *active: str, exited: tuple[str, ...] = ()) -> Containers:
    return Containers(asked_at=at(asked_at), active=frozenset(active), exited=frozenset(exited))


def sight(seen: Look | None = None, containers: Containers | None = None) -> Sight:
    return Sight(look=seen, looked_at=seen.sent_at if seen else None, containers=containers)


def observe(record: BotRecord, seen: Sight, now: float) -> Observation:
    return merge(record, seen, at(now), TIMES)


def stored(record: BotRecord, said: Observation) -> BotRecord:
    """Return the record with everything written that the merge said, but for a reopened run."""
    record = replace(record, shown=said.shown, instances=said.instances)
    if record.run is None:
        return record
    firsts = {"first_active_at": said.first_active_at, "first_figures_at": said.first_figures_at}
    ran = replace(record.run, **firsts)
    if said.ends_run is None:
        return replace(record, run=ran)
    ended = LastRun(generation=ran.generation, outcome=said.ends_run, instance=ran.instance)
    return replace(record, run=None, last=ended)

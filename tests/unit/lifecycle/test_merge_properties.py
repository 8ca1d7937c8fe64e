"""What holds for whatever our record and the upstream say, also when they contradict each other."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.unit.lifecycle.facts import BOT, ONE, TIMES, TWO, at, stored

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
)
from bridge.lifecycle.merge import merge
from bridge.lifecycle.states import Condition, KnownState, Outcome, Phase, Reason, State

RESOLUTION = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
LONG = timedelta(days=1)

NAMES = st.sampled_from([ONE, TWO, f"{BOT}-20261123-000000", "hummingbot-b-20261122-081044", "db"])
# So few that they meet each other and the limits, exactly.
MOMENTS = st.sampled_from([0, 1, 9, 10, 11, 19, 20, 50, 55, 70, 80, 110, 130, 140, 250]).map(at)
MAYBE = st.none() | MOMENTS
FLAGS = st.booleans()
CONDITIONS = st.none() | st.sampled_from(get_args(Condition))

ENTRIES = st.builds(
    Entry,
    status=st.sampled_from(["running", "idle", "stopped", "stopping", "not_found", "?"]),
    recently_active=FLAGS,
    has_figures=FLAGS,
    error_line=st.none() | st.just("No such pair."),
)
LOOKS = st.builds(
    Look, sent_at=MOMENTS, answered_at=MOMENTS, entries=st.dictionaries(NAMES, ENTRIES, max_size=3)
)
CONTAINERS = st.builds(
    Containers,
    asked_at=MOMENTS,
    active=st.frozensets(NAMES, max_size=3),
    exited=st.frozensets(NAMES, max_size=2),
)
SIGHTS = st.builds(
    Sight, look=st.none() | LOOKS, looked_at=MAYBE, containers=st.none() | CONTAINERS
)
RUNS = st.builds(
    OpenRun,
    generation=st.integers(1, 3),
    phase=st.sampled_from(get_args(Phase)),
    requested_at=MOMENTS,
    deploying_since=MAYBE,
    deployed_at=MAYBE,
    stop_sent_at=MAYBE,
    first_active_at=MAYBE,
    first_figures_at=MAYBE,
    instance=st.none() | st.sampled_from([ONE, TWO]),
    effect_ended_at=MAYBE,
).map(lambda run: replace(run, instance=None) if run.phase == "requested" else run)
INSTANCES = st.lists(
    st.builds(
        Instance,
        name=st.sampled_from([ONE, TWO]),
        first_seen_at=MOMENTS,
        condition=CONDITIONS,
        condition_since=MAYBE,
        is_active=FLAGS,
        gone_at=MAYBE,
        is_dud=FLAGS,
        has_run=FLAGS,
    ),
    max_size=2,
    unique_by=lambda instance: instance.name,
).map(tuple)
SHOWN = st.builds(
    Shown,
    state=st.sampled_from(get_args(State)),
    reason=st.sampled_from(get_args(Reason)),
    since=MOMENTS,
    known=st.sampled_from(get_args(KnownState)),
    stale=FLAGS,
    error=st.none() | st.just("No such pair."),
)
LASTS = st.builds(
    LastRun,
    generation=st.integers(0, 2),
    outcome=st.sampled_from(get_args(Outcome)),
    instance=st.none() | st.just(TWO),
)
RECORDS = st.builds(
    BotRecord,
    instance_name=st.just(BOT),
    desired=st.sampled_from(["running", "stopped"]),
    desired_at=MOMENTS,
    generation=st.integers(1, 3),
    shown=SHOWN,
    run=st.none() | RUNS,
    last=st.none() | LASTS,
    instances=INSTANCES,
)
DEPLOYED = RECORDS.filter(lambda record: record.run is not None and record.run.phase != "requested")


def is_stop_asked(record: BotRecord) -> bool:
    run = record.run
    return run is not None and (
        record.desired == "stopped" or run.phase == "stopping" or record.generation > run.generation
    )


def judging(record: BotRecord, seen: Sight, now: datetime) -> Look | None:
    """Return the look when it may judge the open run, by the words of the table."""
    look, run = seen.look, record.run
    if look is None or run is None or run.effect_ended_at is None:
        return None
    is_usable = look.sent_at > run.effect_ended_at and now - look.sent_at <= TIMES.bounds.bound
    return look if is_usable else None


def looked_again(seen: Sight, moment: datetime) -> Sight:
    """Return a look at that moment that finds what the last one did, and no newer list."""
    entries: Mapping[str, Entry] = seen.look.entries if seen.look else {}
    look = Look(sent_at=moment, answered_at=moment, entries=entries)
    return Sight(look=look, looked_at=moment)


def said(result: Observation) -> tuple[Shown, datetime | None]:
    return result.shown, result.merge_at


@given(RECORDS, SIGHTS, MOMENTS)
def test_merge_is_total_and_the_same_each_time(
    record: BotRecord, seen: Sight, now: datetime
) -> None:
    result = merge(record, seen, now, TIMES)

    assert result == merge(record, seen, now, TIMES)
    assert result.merge_at is None or result.merge_at > now
    assert result.ends_run is None or record.run is not None
    assert result.shown.state in {result.shown.known, "unknown"}
    assert len({instance.name for instance in result.instances}) == len(result.instances)
    assert {instance.name for instance in record.instances} <= {i.name for i in result.instances}


@given(RECORDS, SIGHTS, MOMENTS)
def test_running_needs_an_active_entry_with_figures(
    record: BotRecord, seen: Sight, now: datetime
) -> None:
    shown = merge(record, seen, now, TIMES).shown

    if shown.state == "running":
        assert record.run is not None
        look = judging(record, seen, now)
        if look and not shown.stale:
            entry = look.entries[record.run.instance or ""]
            assert (entry.status, entry.recently_active, entry.has_figures) == (
                "running",
                True,
                True,
            )
        if look is None and not shown.stale:
            remembered = {i.name: i.condition for i in record.instances}
            assert remembered[record.run.instance or ""] == "trading"


@given(RECORDS, SIGHTS, MOMENTS)
def test_stopped_needs_that_no_run_is_open(record: BotRecord, seen: Sight, now: datetime) -> None:
    result = merge(record, seen, now, TIMES)

    if result.shown.state == "stopped":
        assert record.run is None or result.ends_run in {"stopped", "cancelled"}


@given(RECORDS, SIGHTS, MOMENTS)
def test_asked_stop_shows_stopping_until_the_run_has_ended(
    record: BotRecord, seen: Sight, now: datetime
) -> None:
    result = merge(record, seen, now, TIMES)

    if is_stop_asked(record) and result.ends_run is None:
        assert result.shown.state in {"stopping", "conflict"}


@given(DEPLOYED, st.lists(st.tuples(SIGHTS, MOMENTS), max_size=4))
def test_absence_never_ends_a_run(record: BotRecord, looks: list[tuple[Sight, datetime]]) -> None:
    """However often it is looked, without a container list nothing is stopped, gone or ended."""
    for seen, now in looks:
        result = merge(record, replace(seen, containers=None), now, TIMES)
        record = stored(record, result)

        assert result.ends_run is None
        assert result.shown.state != "stopped"
        assert result.shown.reason != "instance_gone"


@given(DEPLOYED, SIGHTS, MOMENTS)
def test_run_ends_only_by_a_list_that_was_asked_for_later_and_lacks_it(
    record: BotRecord, seen: Sight, now: datetime
) -> None:
    if merge(record, seen, now, TIMES).ends_run is not None:
        assert record.run is not None
        assert record.run.effect_ended_at is not None
        assert record.run.instance is not None
        assert seen.containers is not None
        assert seen.containers.asked_at > record.run.effect_ended_at
        assert record.run.instance not in seen.containers.active | seen.containers.exited


@given(RECORDS, SIGHTS, MOMENTS)
def test_two_live_instances_are_never_shown_as_anything_but_a_conflict(
    record: BotRecord, seen: Sight, now: datetime
) -> None:
    result = merge(record, seen, now, TIMES)

    live = [
        instance
        for instance in result.instances
        if instance.gone_at is None and instance.condition != "exited" and not instance.is_dud
    ]
    assert len(live) < 2 or result.shown.state == "conflict"


@given(RECORDS, SIGHTS, MOMENTS)
def test_stored_answer_is_not_changed_by_the_same_look(
    record: BotRecord, seen: Sight, now: datetime
) -> None:
    first = merge(record, seen, now, TIMES)
    second = merge(stored(record, first), seen, now, TIMES)

    assert second.ends_run is None
    assert said(second) == said(first)
    assert second.instances == first.instances
    assert second.reopens_run == first.reopens_run
    assert second.wants_container_list == first.wants_container_list


@given(RECORDS, SIGHTS, MOMENTS, st.data())
def test_stored_answer_holds_until_merge_at(
    record: BotRecord, seen: Sight, now: datetime, data: st.DataObject
) -> None:
    first = merge(record, seen, now, TIMES)
    last = first.merge_at - RESOLUTION if first.merge_at else now + LONG
    later = data.draw(st.datetimes(now.replace(tzinfo=None), last.replace(tzinfo=None)))

    result = merge(stored(record, first), seen, later.replace(tzinfo=now.tzinfo), TIMES)

    assert said(result) == said(first)


@given(RECORDS, SIGHTS, MOMENTS)
def test_merge_at_is_when_the_answer_changes(record: BotRecord, seen: Sight, now: datetime) -> None:
    """With looks that go on finding the same, it is neither a moment too early nor too late."""
    run = record.run
    begin = max(now, run.effect_ended_at) if run and run.effect_ended_at else now
    for seconds in (1, 2, 3):
        moment = begin + seconds * SECOND
        steady = merge(record, looked_again(seen, moment), moment, TIMES)
        record = stored(record, steady)
    due = steady.merge_at  # pyright: ignore[reportPossiblyUnbound] - three rounds
    if due is None:
        later = begin + LONG
        assert said(merge(record, looked_again(seen, later), later, TIMES)) == said(steady)
        return

    before = merge(record, looked_again(seen, due - RESOLUTION), due - RESOLUTION, TIMES)
    after = merge(record, looked_again(seen, due), due, TIMES)

    assert said(before) == said(steady)
    assert said(after) != said(steady)

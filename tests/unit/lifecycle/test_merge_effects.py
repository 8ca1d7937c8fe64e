"""What the merge says besides the state: what to store, to ask, to reopen, and when to merge."""

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace
from tests.unit.lifecycle.facts import (
    BOOTING,
    BOT,
    EMPTY,
    FIGURES,
    IDLE,
    ONE,
    STEP,
    STOPPED,
    TWO,
    at,
    bot,
    deploying,
    found,
    instance,
    last,
    lists,
    look,
    observe,
    requested,
    run,
    shown,
    sight,
    stopping,
    traded,
)

from bridge.lifecycle.facts import BotRecord, Containers, Instance, Sight
from bridge.lifecycle.instances import owner_of, split
from bridge.lifecycle.states import Outcome

GONE = instance(gone_at=at(115), has_run=True)
STOPPED_BOT = bot(last=last("stopped"), instances=(GONE,))
ERROR = shown("error", "not_trading")
UNLISTED = shown("unknown", "unlisted")
BAD = replace(STOPPED, error_line="No such pair.")


@pytest.mark.parametrize(
    ("record", "seen", "wants"),
    [
        # a ghost is let be for 45 s
        (STOPPED_BOT, sight(look(160, BOOTING)), False),
        (STOPPED_BOT, sight(look(160 + STEP, BOOTING)), True),
        (STOPPED_BOT, sight(look(161)), False),
        (STOPPED_BOT, sight(look(161, BOOTING), lists(162)), False),
        # unlisted: in the second look without it
        (bot(run(), instances=found("waiting", 120)), sight(look(150)), False),
        (bot(run(), instances=found("absent", 150)), sight(look(150)), False),
        (bot(run(), instances=found("absent", 149)), sight(look(150)), True),
        (bot(run(), instances=found("absent", 149)), sight(look(150), lists(150, ONE)), True),
        (bot(run(), instances=found("absent", 149)), sight(look(150), lists(151, ONE)), False),
        (bot(run(), instances=found("absent", 149)), sight(None, lists(120)), False),
        (bot(run(), instances=found("exited", 149)), sight(look(150)), False),
        (bot(traded(), instances=found("trading", 20)), sight(look(150, FIGURES)), False),
        (bot(run(), instances=(instance(condition="absent"),)), sight(look(150)), False),
        (
            bot(
                traded(),
                instances=(
                    instance(TWO, gone_at=at(5), condition="absent", condition_since=at(4)),
                    *found("trading", 20),
                ),
            ),
            sight(look(150, FIGURES)),
            False,
        ),
        # a stop was sent: is it gone?
        (bot(stopping(), instances=found("trading", 20)), sight(look(150, FIGURES)), True),
        (
            bot(stopping(stop_sent_at=None), instances=found("trading", 20)),
            sight(look(150, FIGURES)),
            False,
        ),
        (bot(stopping(stop_sent_at=None), instances=found("trading", 20)), sight(look(150)), True),
        (
            bot(stopping(stop_sent_at=None), instances=found("exited", 20)),
            sight(look(150)),
            True,
        ),
        # a live instance that is nobody's: once, and while it is not listed
        (bot(), sight(look(150, FIGURES)), True),
        (bot(), sight(look(150, FIGURES), lists(151, ONE)), False),
        (bot(instances=(instance(),)), sight(look(150, FIGURES), lists(12, ONE)), False),
        (bot(instances=(instance(),)), sight(look(150, FIGURES), lists(11, ONE)), True),
        (bot(instances=(instance(),)), sight(look(150), lists(12, ONE)), True),
        (bot(instances=(instance(is_dud=True),)), sight(look(150, BOOTING)), False),
        (bot(deploying()), sight(look(150)), False),
        (bot(), sight(look(150)), False),
        (bot(), sight(), False),
    ],
)
def test_container_list_is_wanted_only_for_an_open_question(
    record: BotRecord,
    seen: Sight,
    wants: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert observe(record, seen, 163).wants_container_list is wants


@pytest.mark.parametrize(
    ("containers", "reopens"),
    [
        (lists(115 + STEP, ONE), ONE),
        (lists(115, ONE), None),
        (lists(116, exited=(ONE,)), None),
        (lists(116, TWO), None),
        (None, None),
    ],
)
def test_row_1_run_is_reopened_when_its_container_runs_after_all(
    containers: Containers | None, reopens: str | None
) -> None:
    result = observe(STOPPED_BOT, sight(look(120, BOOTING), containers), 121)

    assert result.reopens_run == reopens
    assert (GONE in result.instances) is (reopens is None)


def test_row_1_no_run_is_reopened_beside_an_open_one() -> None:
    record = bot(traded(instance=TWO), instances=(GONE, instance(TWO)))

    result = observe(record, sight(None, lists(116, ONE, TWO)), 121)

    assert result.reopens_run is None
    assert result.shown.reason == "two_instances"


def test_orphan_is_not_reopened_as_no_run_was_its_own() -> None:
    assert observe(bot(), sight(look(20, FIGURES)), 21).reopens_run is None


@pytest.mark.parametrize(
    ("record", "seen", "now", "merge_at"),
    [
        (bot(), sight(), 0, None),
        (bot(requested()), sight(), 5, 120),
        (bot(requested(), instances=(instance(TWO),)), sight(), 5, 120),
        (bot(desired="running", desired_at=at(3)), sight(), 5, 123),
        (bot(desired="running", desired_at=at(3)), sight(), 124, None),
        (bot(deploying()), sight(), 10, 19),
        (bot(deploying()), sight(), 20, None),
        (bot(run()), sight(look(50, STOPPED)), 51, 170),
        (bot(run()), sight(look(50)), 51, 170),
        (bot(traded()), sight(look(50)), 51, None),
        (bot(traded()), sight(look(50, STOPPED)), 51, 170),
        (bot(traded(), shown=ERROR), sight(look(50, STOPPED)), 51, 170),
        (bot(traded(), shown=UNLISTED), sight(look(50, STOPPED)), 51, 170),
        (bot(traded()), sight(look(50, EMPTY)), 51, None),
        (bot(traded()), sight(look(50, IDLE)), 51, 110),
        (bot(traded()), sight(look(50, FIGURES)), 51, None),
        (bot(stopping(), instances=found("trading", 20)), Sight(looked_at=at(101)), 101, 190),
        (bot(stopping(), instances=found("absent", 20)), Sight(looked_at=at(101)), 101, 190),
        # nobody looked long enough: the next look will tell, time will not
        (bot(run(), instances=found("waiting", 20)), Sight(looked_at=at(79)), 141, None),
    ],
)
def test_merge_is_due_one_step_after_a_limit(
    record: BotRecord, seen: Sight, now: float, merge_at: float | None
) -> None:
    expected = None if merge_at is None else at(merge_at + STEP)

    assert observe(record, seen, now).merge_at == expected


def test_error_is_the_newest_line_of_the_bot() -> None:
    waiting = bot(run(), instances=found("waiting", 20))
    quiet = bot(traded(), instances=found("quiet", 20), shown=shown("error", "not_trading"))
    emptied = bot(traded(), instances=found("emptied", 20))
    bad_empty = replace(EMPTY, error_line="No such pair.")

    assert observe(waiting, sight(look(150, BAD)), 151).shown.error == "No such pair."
    assert observe(waiting, sight(look(120, BAD)), 121).shown.error is None
    assert observe(quiet, sight(look(120, BAD)), 121).shown.error == "No such pair."
    assert observe(emptied, sight(look(120, bad_empty)), 121).shown.error == "No such pair."


def test_error_stays_when_the_upstream_has_lost_its_logs() -> None:
    before = shown("error", "not_trading", error="No such pair.")
    record = bot(run(), instances=found("waiting", 20), shown=before)

    assert observe(record, sight(look(150, STOPPED)), 151).shown.error == "No such pair."
    assert observe(record, sight(look(150, FIGURES)), 151).shown.error is None


@pytest.mark.parametrize("outcome", ["failed", "expired", "gone"])
def test_error_without_a_run_is_that_of_the_last_one(outcome: Outcome) -> None:
    record = bot(last=last(outcome, error="No such image."))

    assert observe(record, sight(), 5).shown.error == "No such image."


def test_since_is_when_the_state_began_whatever_its_reason() -> None:
    record = bot(traded(), shown=shown("running", "reporting", since=at(17)))

    assert observe(record, sight(look(50, IDLE)), 51).shown.since == at(17)
    assert observe(record, sight(look(50)), 51).shown.since == at(51)


def test_known_is_the_last_state_that_says_something() -> None:
    record = bot(traded(), shown=shown("error", "not_trading"))
    unknown = observe(record, sight(look(50)), 51).shown

    assert (unknown.state, unknown.known) == ("unknown", "error")
    assert observe(replace(record, shown=unknown), sight(look(52)), 53).shown.known == "error"
    assert observe(record, sight(look(50, FIGURES)), 51).shown.known == "running"


def test_first_times_are_those_of_the_first_look_that_may_judge() -> None:
    def firsts(record: BotRecord, seen: Sight) -> tuple[Any, Any]:
        result = observe(record, seen, 51)
        return result.first_active_at, result.first_figures_at

    assert firsts(bot(run()), sight(look(50, BOOTING))) == (None, None)
    assert firsts(bot(run()), sight(look(50, STOPPED))) == (at(50.1), None)
    assert firsts(bot(run()), sight(look(50, FIGURES))) == (at(50.1), at(50.1))
    assert firsts(bot(run()), sight(look(10, FIGURES))) == (None, None)
    assert firsts(bot(traded()), sight(look(50, FIGURES))) == (at(14), at(17))
    assert firsts(bot(traded()), sight(look(50))) == (at(14), at(17))
    assert firsts(bot(run()), sight(look(50, IDLE))) == (None, at(50.1))
    assert firsts(bot(run()), sight(look(50, EMPTY))) == (at(50.1), None)
    assert firsts(bot(), sight(look(50, FIGURES))) == (None, None)


@pytest.mark.parametrize(
    ("record", "seen", "instances"),
    [
        (
            bot(),
            sight(look(50, FIGURES)),
            [
                instance(
                    first_seen_at=at(50.1),
                    condition="trading",
                    condition_since=at(50),
                    is_active=True,
                )
            ],
        ),
        (bot(), sight(None, lists(50, ONE)), [instance(first_seen_at=at(50))]),
        (
            bot(),
            sight(None, lists(50, exited=(ONE,))),
            [instance(first_seen_at=at(50), condition="exited", condition_since=at(50))],
        ),
        (bot(run()), sight(), [instance(first_seen_at=at(10), has_run=True)]),
        (bot(run(deployed_at=None)), sight(), [instance(first_seen_at=at(0), has_run=True)]),
        # since is of the first look of a condition
        (
            bot(run(), instances=found("waiting", 20)),
            sight(look(50, STOPPED)),
            [*found("waiting", 20, is_active=True)],
        ),
        (
            bot(run(), instances=found("waiting", 20, is_active=True)),
            sight(look(50)),
            [*found("absent", 50)],
        ),
        (bot(run(), instances=found("waiting", 20, gone_at=at(5))), sight(), found("waiting", 20)),
        (
            bot(traded(), instances=found("absent", 20)),
            sight(None, lists(50, exited=(ONE,))),
            found("exited", 50),
        ),
        (
            bot(traded(), instances=found("exited", 20)),
            sight(None, lists(50, exited=(ONE,))),
            found("exited", 20),
        ),
        (
            bot(traded(), instances=found("exited", 20)),
            sight(None, lists(50, ONE)),
            found("absent", 50),
        ),
        # the end of a run with its proof
        (
            bot(stopping(), instances=found("absent", 101)),
            sight(None, lists(102)),
            [*found("absent", 101, gone_at=at(102))],
        ),
        # one that came back, and is listed or not
        (
            STOPPED_BOT,
            sight(None, lists(121, ONE)),
            [replace(GONE, gone_at=None, condition="absent", condition_since=at(121))],
        ),
        (
            STOPPED_BOT,
            sight(look(120, BOOTING), lists(121, ONE)),
            [replace(GONE, gone_at=None, condition="waiting", condition_since=at(120))],
        ),
    ],
)
def test_instances_are_brought_up_to_date(
    record: BotRecord, seen: Sight, instances: Sequence[Instance]
) -> None:
    assert list(observe(record, seen, 110).instances) == [*instances]


@pytest.mark.parametrize(
    "name",
    [
        "hummingbot-acct-0123456789ac-20261122-081044",
        f"x{ONE}",
        f"{BOT}-2-20261122-081044",
        BOT,
        f"{BOT}-20261122-08104",
        f"{BOT}-20261122-081044\n",
        f"{BOT}-20261122-08104\N{ARABIC-INDIC DIGIT FOUR}",
        f"{BOT}-20261122_081044",
    ],
)
def test_only_exact_names_belong_to_a_bot(name: str) -> None:
    seen = sight(replace(look(50), entries={name: FIGURES}), lists(51, name))

    assert observe(bot(), seen, 52).instances == ()


def test_owner_is_what_stands_before_the_last_stamp() -> None:
    assert owner_of(ONE) == BOT
    assert owner_of(f"{ONE}-20261122-081045") == ONE
    assert owner_of("grafana") is None


def test_split_gives_each_bot_its_own_part() -> None:
    other = "hummingbot-acct-ffffffffffff"
    stamped = f"{other}-20261122-081044"
    entries = {ONE: FIGURES, stamped: BOOTING, "grafana": IDLE}
    seen = sight(
        replace(look(50), entries=entries),
        lists(51, ONE, TWO, "grafana", exited=(stamped,)),
    )

    parts = split(seen, [BOT, other, "hummingbot-acct-000000000000"])

    assert parts == {
        BOT: sight(look(50, FIGURES), lists(51, ONE, TWO)),
        other: sight(replace(look(50), entries={stamped: BOOTING}), lists(51, exited=(stamped,))),
        "hummingbot-acct-000000000000": sight(look(50), lists(51)),
    }
    assert split(sight(), [BOT]) == {BOT: sight()}

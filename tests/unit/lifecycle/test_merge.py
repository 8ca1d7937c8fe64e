"""The table of docs/lifecycle-states.md, row by row, with each of its limits.

Moments are seconds. A run was asked for at 0 and deployed at 10; graces are those of ``Times``.
"""

import pytest
from msgspec.structs import replace
from tests.unit.lifecycle.facts import (
    BOOTING,
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

from bridge.lifecycle.facts import BotRecord, Entry, Look, OpenRun, Shown, Sight
from bridge.lifecycle.states import Condition, Outcome

GHOST = (instance(gone_at=at(115), has_run=True),)
STRANGER = instance(TWO)
ODD = Entry(status="paused", recently_active=True, has_figures=True)
ERROR = shown("error", "not_trading", error="No such pair.")


def said(record: BotRecord, seen: Sight, now: float) -> str:
    """Return state and reason, as the table writes them."""
    result = observe(record, seen, now).shown
    return f"{result.state} ({result.reason}){' stale' * result.stale}"


def ended(outcome: Outcome, **given: object) -> BotRecord:
    return bot(last=last(outcome, **given), instances=GHOST)


def was(open_run: OpenRun, condition: Condition, since: float, **given: object) -> BotRecord:
    """Make a bot whose run was found in that condition by each look since then."""
    return bot(open_run, instances=found(condition, since, **given))


@pytest.mark.parametrize(
    ("record", "seen", "now", "state"),
    [
        # listed again from 16 s to 44 s after an archive, and for 30 s after docker stop
        (ended("stopped"), look(120, BOOTING), 121, "stopped (stopped)"),
        (ended("gone"), look(120, FIGURES), 121, "lost (instance_gone)"),
        (bot(requested(), instances=GHOST), look(120, BOOTING), 12, "starting (start_requested)"),
        (ended("stopped"), look(9999, FIGURES), 9999, "stopped (stopped)"),
    ],
)
def test_row_1_entry_of_what_is_proven_gone_is_ignored(
    record: BotRecord, seen: Look, now: float, state: str
) -> None:
    assert said(record, sight(seen), now) == state


@pytest.mark.parametrize(
    ("record", "seen", "state"),
    [
        # two live
        (bot(traded()), sight(look(50, FIGURES, FIGURES)), "conflict (two_instances)"),
        (bot(traded()), sight(look(50, FIGURES, BOOTING)), "conflict (two_instances)"),
        (bot(), sight(look(50, IDLE, FIGURES)), "conflict (two_instances)"),
        (bot(deploying()), sight(look(10, BOOTING, FIGURES)), "conflict (two_instances)"),
        # one, and no open run
        (bot(), sight(look(50, FIGURES)), "conflict (unexpected_instance)"),
        (ended("gone"), sight(look(50, BOOTING, BOOTING)), "conflict (unexpected_instance)"),
        # a run that has not sent anything has no instance, and one that deploys has one at most
        (bot(requested()), sight(look(5, FIGURES)), "conflict (unexpected_instance)"),
        (bot(deploying()), sight(look(10, BOOTING)), "unknown (deploy_in_doubt)"),
        # absence is no proof, of the stranger or of our own
        (bot(instances=(STRANGER,)), sight(look(50)), "conflict (unexpected_instance)"),
        (bot(instances=(STRANGER,)), sight(), "conflict (unexpected_instance)"),
        (
            bot(traded(), instances=(*found("absent", 40), STRANGER)),
            sight(look(50)),
            "conflict (two_instances)",
        ),
        # an active container counts without an entry
        (bot(), sight(look(50), lists(51, ONE)), "conflict (unexpected_instance)"),
        # exited is not live
        (
            bot(traded(), instances=found("exited", 40)),
            sight(look(50)),
            "lost (container_exited)",
        ),
        (
            bot(traded(), instances=(*found("exited", 40), STRANGER)),
            sight(look(50)),
            "conflict (unexpected_instance)",
        ),
        (
            bot(instances=(instance(condition="absent", condition_since=at(40)),)),
            sight(look(50), lists(51, exited=(ONE,))),
            "stopped (never_deployed)",
        ),
        # nor is a dud, nor what a list asked for after it was first seen does not hold
        (bot(instances=(replace(STRANGER, is_dud=True),)), sight(), "stopped (never_deployed)"),
        (
            bot(traded(), instances=(replace(STRANGER, is_dud=True), *found("trading", 20))),
            sight(),
            "running (reporting)",
        ),
        (bot(instances=(STRANGER,)), sight(None, lists(12)), "stopped (never_deployed)"),
        (bot(instances=(STRANGER,)), sight(None, lists(11)), "conflict (unexpected_instance)"),
        (bot(), sight(look(50, FIGURES), lists(50.1)), "conflict (unexpected_instance)"),
        (bot(), sight(look(50, FIGURES), lists(49)), "conflict (unexpected_instance)"),
        # row 2 comes before 3a, 5 and 14
        (
            bot(desired="running", instances=(STRANGER,)),
            sight(),
            "conflict (unexpected_instance)",
        ),
        (
            bot(stopping(), instances=(*found("trading", 20), STRANGER)),
            sight(),
            "conflict (two_instances)",
        ),
        (
            bot(traded(), instances=(*found("absent", 40), STRANGER)),
            sight(look(50), lists(51, TWO)),
            "conflict (unexpected_instance)",
        ),
    ],
)
def test_row_2_live_instance_that_is_not_the_runs_is_a_conflict(
    record: BotRecord, seen: Sight, state: str
) -> None:
    assert said(record, seen, 51) == state


PENDING = bot(desired="running", desired_at=at(100), generation=2, last=last("gone"))


@pytest.mark.parametrize(
    ("record", "now", "state"),
    [
        (PENDING, 100, "starting (start_requested)"),
        (PENDING, 220, "starting (start_requested)"),
        (PENDING, 220 + STEP, "error (start_expired)"),
        (replace(PENDING, last=None, generation=1), 101, "starting (start_requested)"),
        # it was taken up by the run that ended, or taken back
        (replace(PENDING, generation=1), 101, "lost (instance_gone)"),
        (replace(PENDING, desired="stopped"), 101, "lost (instance_gone)"),
        (replace(PENDING, last=None, desired="stopped"), 101, "stopped (never_deployed)"),
    ],
)
def test_row_3a_start_without_a_run_is_starting_until_it_expires(
    record: BotRecord, now: float, state: str
) -> None:
    assert said(record, sight(), now) == state


@pytest.mark.parametrize("seen", [sight(), sight(look(20)), sight(look(9000), lists(9001))])
@pytest.mark.parametrize(
    ("record", "state"),
    [
        (bot(), "stopped (never_deployed)"),
        (ended("stopped"), "stopped (stopped)"),
        (ended("cancelled"), "stopped (start_cancelled)"),
        (ended("failed"), "error (boot_failed)"),
        (ended("failed", instance=None), "error (deploy_failed)"),
        (ended("expired"), "error (start_expired)"),
        (ended("gone"), "lost (instance_gone)"),
    ],
)
def test_rows_3_and_4_without_a_run_the_last_outcome_counts_at_any_age(
    record: BotRecord, seen: Sight, state: str
) -> None:
    assert said(record, seen, 9002) == state


@pytest.mark.parametrize(
    ("record", "now", "state"),
    [
        # asked for by desired, by the phase, or by a newer start
        (was(traded(), "trading", 20), 101, "running (reporting)"),
        (
            replace(was(traded(), "trading", 20), desired="stopped"),
            101,
            "stopping (stop_requested)",
        ),
        (was(stopping(stop_sent_at=None), "trading", 20), 101, "stopping (stop_requested)"),
        (replace(was(traded(), "quiet", 20), generation=2), 101, "stopping (stop_requested)"),
        # sent: up to 90 s for a reaction
        (was(stopping(), "trading", 20), 101, "stopping (waiting_for_container)"),
        (was(stopping(), "trading", 20), 190, "stopping (waiting_for_container)"),
        (was(stopping(), "trading", 20), 190 + STEP, "stopping (broker_silent)"),
        (was(stopping(), "trading", 20, is_active=True), 191, "stopping (broker_silent)"),
        (was(stopping(), "idle", 20), 191, "stopping (broker_silent)"),
        (was(stopping(), "unreadable", 20), 191, "stopping (broker_silent)"),
        # not sent, since it is not listed or was booting: the same, from when it could be told
        (replace(was(traded(), "absent", 20), desired="stopped"), 221, "stopping (stop_requested)"),
        (
            replace(was(traded(), "absent", 20), desired="stopped"),
            221 + STEP,
            "stopping (broker_silent)",
        ),
        (
            replace(was(traded(), "absent", 300), desired="stopped"),
            390 + STEP,
            "stopping (broker_silent)",
        ),
        # a reaction: stopped or {} and not silent, or unlisted for a while as it is archived
        (was(stopping(), "quiet", 101, is_active=True), 191, "stopping (waiting_for_container)"),
        (was(stopping(), "emptied", 109, is_active=True), 191, "stopping (waiting_for_container)"),
        (was(stopping(), "waiting", 101, is_active=True), 191, "stopping (waiting_for_container)"),
        (was(stopping(), "waiting", 20), 191, "stopping (broker_silent)"),
        (was(stopping(), "quiet", 20), 191, "stopping (broker_silent)"),
        (was(stopping(), "absent", 101), 191, "stopping (waiting_for_container)"),
        (was(stopping(), "absent", 101), 191 + STEP, "stopping (broker_silent)"),
        (was(stopping(), "exited", 101), 191, "stopping (container_exited)"),
        # a deploy that is not settled yet
        (bot(deploying(), desired="stopped"), 11, "stopping (deploy_unsettled)"),
        (bot(deploying(), desired="stopped"), 999, "stopping (deploy_unsettled)"),
    ],
)
def test_row_5_stop_is_shown_until_the_proof(record: BotRecord, now: float, state: str) -> None:
    looked_lately = Sight(looked_at=at(now))

    assert said(record, looked_lately, now) == state


def test_row_5_reaction_cannot_be_missed_while_nobody_looked() -> None:
    record = was(stopping(), "trading", 20)

    assert said(record, Sight(looked_at=at(130)), 999) == "stopping (waiting_for_container)"
    assert said(record, Sight(looked_at=at(130 + STEP)), 999) == "stopping (broker_silent)"


@pytest.mark.parametrize(
    ("seen", "now", "state"),
    [
        # a look counts up to the bound, whatever was known before
        (look(100, FIGURES), 160, "running (reporting)"),
        (look(100, FIGURES), 160 + STEP, "unknown (unreadable)"),
        (None, 101, "unknown (unreadable)"),
        # and only when it was sent after the last effect had ended
        (look(10, FIGURES), 20, "unknown (unreadable)"),
        (look(10 + STEP, FIGURES), 20, "running (reporting)"),
    ],
)
def test_row_6_look_that_cannot_judge_leaves_what_was_known(
    seen: Look | None, now: float, state: str
) -> None:
    assert said(was(traded(), "unreadable", 15), sight(seen), now) == state


def test_row_6_grace_elapses_only_as_far_as_looks_vouch_for_it() -> None:
    record = was(run(), "waiting", 20)

    assert said(record, Sight(looked_at=at(80)), 999) == "starting (booting)"
    assert said(record, Sight(looked_at=at(80 + STEP)), 999) == "unknown (broker_silent)"
    assert said(record, sight(), 999) == "starting (booting)"
    for one, other in ((70, 81), (81, 70)):
        both = Sight(look=look(one, STOPPED), looked_at=at(other))
        assert said(record, both, 999) == "unknown (broker_silent)"


def test_effect_under_way_makes_what_was_known_stale() -> None:
    record = was(traded(effect_ended_at=None), "trading", 20)

    assert said(record, sight(look(50, STOPPED), lists(51)), 51) == "running (reporting) stale"


@pytest.mark.parametrize(
    ("open_run", "now", "state"),
    [
        (requested(), 0, "starting (start_requested)"),
        (requested(), 120, "starting (start_requested)"),
        (deploying(), 9, "starting (deploying)"),
        (deploying(), 19, "starting (deploying)"),
        (deploying(), 19 + STEP, "unknown (deploy_in_doubt)"),
        (deploying(deploying_since=None), 10, "starting (deploying)"),
        (deploying(deploying_since=None), 10 + STEP, "unknown (deploy_in_doubt)"),
        (run(instance=None), 20, "unknown (deploy_in_doubt)"),
        (run(phase="deploying"), 20, "unknown (deploy_in_doubt)"),
        (run(), 999, "starting (booting)"),
    ],
)
@pytest.mark.parametrize("seen", [sight(), sight(look(8)), sight(None, lists(8))])
def test_row_7_before_a_look_can_judge_our_record_counts(
    open_run: OpenRun, seen: Sight, now: float, state: str
) -> None:
    assert said(bot(open_run), seen, now) == state


NOW_EMPTY = was(traded(), "emptied", 49)


@pytest.mark.parametrize(
    ("record", "entry", "now", "state"),
    [
        # 8
        (bot(run()), FIGURES, 50, "running (reporting)"),
        (was(traded(), "unreadable", 40), FIGURES, 50, "running (reporting)"),
        (replace(bot(run()), shown=ERROR), FIGURES, 50, "running (reporting)"),
        # 9: only {} now, in two looks; before that, the last state
        (was(traded(), "trading", 20), EMPTY, 50, "running (no_report) stale"),
        (NOW_EMPTY, EMPTY, 50, "error (strategy_stopped)"),
        (NOW_EMPTY, replace(EMPTY, status="idle"), 50, "error (strategy_stopped)"),
        (was(traded(), "emptied", 50), EMPTY, 50, "running (no_report) stale"),
        (
            replace(was(traded(), "trading", 20), shown=shown("error", "strategy_stopped")),
            EMPTY,
            50,
            "error (strategy_stopped)",
        ),
        (
            was(traded(effect_ended_at=at(50)), "emptied", 20),
            EMPTY,
            50,
            "running (no_report) stale",
        ),
        # 10
        (was(traded(), "trading", 20), IDLE, 50, "running (no_heartbeat) stale"),
        (was(traded(), "idle", 20), IDLE, 80, "running (no_heartbeat) stale"),
        (was(traded(), "idle", 20), IDLE, 80 + STEP, "unknown (no_heartbeat)"),
        (was(traded(deployed_at=at(25)), "idle", 20), IDLE, 85, "running (no_heartbeat) stale"),
        (
            was(traded(), "trading", 20),
            replace(FIGURES, recently_active=False),
            50,
            "running (no_heartbeat) stale",
        ),
        (
            was(traded(), "trading", 20),
            replace(IDLE, recently_active=True),
            50,
            "running (no_heartbeat) stale",
        ),
        # 11
        (bot(run()), BOOTING, 50, "starting (booting)"),
        (bot(run()), STOPPED, 50, "starting (booting)"),
        (bot(run()), EMPTY, 50, "starting (booting)"),
        (bot(run()), replace(EMPTY, status="idle"), 50, "starting (booting)"),
        (bot(run()), replace(FIGURES, status="stopped"), 50, "starting (booting)"),
        (was(run(), "waiting", 20), STOPPED, 140, "starting (booting)"),
        (was(run(), "waiting", 20), STOPPED, 140 + STEP, "error (not_trading)"),
        (was(run(), "waiting", 20), EMPTY, 140 + STEP, "error (not_trading)"),
        (was(run(), "waiting", 20), BOOTING, 140 + STEP, "unknown (broker_silent)"),
        (was(run(deployed_at=at(30)), "waiting", 20), STOPPED, 150, "starting (booting)"),
        (was(run(deployed_at=at(30)), "waiting", 20), STOPPED, 150 + STEP, "error (not_trading)"),
        (was(run(deployed_at=None), "waiting", 20), STOPPED, 140, "starting (booting)"),
        # 12
        (was(traded(), "trading", 20), STOPPED, 50, "running (no_report) stale"),
        (was(traded(), "trading", 20), BOOTING, 50, "running (no_report) stale"),
        (was(traded(), "quiet", 20), STOPPED, 140, "running (no_report) stale"),
        (was(traded(), "quiet", 20), STOPPED, 140 + STEP, "error (not_trading)"),
        (was(traded(), "quiet", 20), BOOTING, 140 + STEP, "unknown (broker_silent)"),
        # 13
        (bot(run()), None, 11, "starting (booting)"),
        (was(run(), "absent", 20), None, 140, "starting (booting)"),
        (was(run(), "absent", 20), None, 140 + STEP, "unknown (unlisted)"),
        (was(run(), "waiting", 20), None, 200, "starting (booting)"),
        (was(traded(first_figures_at=None), "waiting", 20), None, 50, "unknown (unlisted)"),
        (was(traded(), "trading", 20), None, 50, "unknown (unlisted)"),
        (
            was(traded(), "trading", 20),
            Entry(status="not_found", recently_active=False),
            50,
            "unknown (unlisted)",
        ),
        # 15
        (was(traded(), "trading", 20), ODD, 50, "unknown (unreadable)"),
        (was(traded(), "trading", 20), replace(ODD, status="stopping"), 50, "unknown (unreadable)"),
    ],
)
def test_rows_8_to_15_look_decides(
    record: BotRecord, entry: Entry | None, now: float, state: str
) -> None:
    seen = look(now, *([entry] if entry else []))

    assert said(record, sight(seen), now) == state


@pytest.mark.parametrize(
    ("before", "state"),
    [
        (shown("running", "no_heartbeat"), "running (no_report) stale"),
        (shown("error", "not_trading"), "error (not_trading) stale"),
        (shown("unknown", "unlisted"), "unknown (no_report) stale"),
        # what these say is no longer so
        (shown("starting", "booting"), "unknown (no_report) stale"),
        (shown("stopping", "stop_requested"), "unknown (no_report) stale"),
        (shown("conflict", "two_instances"), "unknown (no_report) stale"),
        (shown("lost", "instance_gone"), "unknown (no_report) stale"),
        (shown("error", "boot_failed"), "unknown (no_report) stale"),
    ],
)
def test_row_12_keeps_the_last_state_that_a_look_gave(before: Shown, state: str) -> None:
    record = replace(was(traded(), "trading", 20), shown=before)

    assert said(record, sight(look(50, STOPPED)), 51) == state


@pytest.mark.parametrize(
    ("record", "seen", "ends", "state"),
    [
        # row 14: not listed, and the container proven gone
        (was(run(), "absent", 20), sight(look(50), lists(51)), "failed", "error (boot_failed)"),
        (was(traded(), "absent", 20), sight(look(50), lists(51)), "gone", "lost (instance_gone)"),
        (
            was(traded(first_figures_at=None), "absent", 20),
            sight(look(50), lists(51)),
            "gone",
            "lost (instance_gone)",
        ),
        (was(traded(), "trading", 20), sight(look(50), lists(51)), "gone", "lost (instance_gone)"),
        (was(traded(), "exited", 20), sight(look(50), lists(51)), "gone", "lost (instance_gone)"),
        # proof must have been asked for after the last effect
        (was(run(), "absent", 20), sight(look(50), lists(10)), None, "starting (booting)"),
        (
            was(run(), "absent", 20),
            sight(look(50), lists(10 + STEP)),
            "failed",
            "error (boot_failed)",
        ),
        (
            was(traded(effect_ended_at=None), "absent", 20),
            sight(look(50), lists(51)),
            None,
            "unknown (unlisted) stale",
        ),
        # it is none while the container is there, nor while a look lists the bot
        (was(traded(), "absent", 20), sight(look(50), lists(51, ONE)), None, "unknown (unlisted)"),
        (
            was(traded(), "trading", 20),
            sight(look(50, IDLE), lists(51)),
            None,
            "running (no_heartbeat) stale",
        ),
        (bot(run()), sight(None, lists(51)), None, "starting (booting)"),
        (
            was(traded(), "trading", 20),
            sight(look(50, FIGURES), lists(51, exited=(ONE,))),
            None,
            "running (reporting)",
        ),
        # row 14a: a container that has exited stays until it is removed
        (
            was(run(), "absent", 20),
            sight(look(50), lists(51, exited=(ONE,))),
            None,
            "error (boot_failed)",
        ),
        (
            was(traded(), "absent", 20),
            sight(look(50), lists(51, exited=(ONE,))),
            None,
            "lost (container_exited)",
        ),
        (was(traded(), "exited", 20), sight(look(50)), None, "lost (container_exited)"),
        (was(traded(), "exited", 20), sight(look(50, BOOTING)), None, "running (no_report) stale"),
        (was(traded(), "exited", 20), sight(look(50), lists(51, ONE)), None, "unknown (unlisted)"),
        # only by a list that is newer than what it would correct
        (
            was(traded(), "absent", 20),
            sight(look(50), lists(20, exited=(ONE,))),
            None,
            "unknown (unlisted)",
        ),
        (
            was(traded(), "exited", 20),
            sight(look(50), lists(20, ONE)),
            None,
            "lost (container_exited)",
        ),
        (
            was(traded(effect_ended_at=at(60)), "absent", 20),
            sight(None, lists(51, exited=(ONE,))),
            None,
            "unknown (unlisted)",
        ),
        # a stop ends with the proof alone: the upstream still lists what it has archived
        (was(stopping(), "trading", 20), sight(None, lists(101)), "stopped", "stopped (stopped)"),
        (
            was(stopping(), "quiet", 101),
            sight(look(120, BOOTING), lists(121)),
            "stopped",
            "stopped (stopped)",
        ),
        (
            was(stopping(), "absent", 101),
            sight(look(120), lists(100)),
            None,
            "stopping (waiting_for_container)",
        ),
        (
            was(stopping(), "absent", 101),
            sight(look(120), lists(121, exited=(ONE,))),
            None,
            "stopping (container_exited)",
        ),
        # a newer start waits behind it
        (
            replace(was(traded(), "absent", 20), generation=2),
            sight(look(50), lists(51)),
            "stopped",
            "starting (start_requested)",
        ),
        # without the name of the instance there is no proof
        (
            bot(deploying(effect_ended_at=at(10)), desired="stopped"),
            sight(None, lists(51)),
            None,
            "stopping (deploy_unsettled)",
        ),
        (
            bot(deploying(effect_ended_at=at(10))),
            sight(None, lists(51)),
            None,
            "unknown (deploy_in_doubt)",
        ),
        # nothing was sent yet
        (bot(requested(), desired="stopped"), sight(), "cancelled", "stopped (start_cancelled)"),
        (
            bot(requested(), generation=2, desired_at=at(100)),
            sight(),
            "cancelled",
            "starting (start_requested)",
        ),
        # another live instance does not keep it open
        (
            bot(traded(), instances=(*found("absent", 40), STRANGER)),
            sight(look(50), lists(51, TWO)),
            "gone",
            "conflict (unexpected_instance)",
        ),
        (
            bot(traded(), instances=(*found("absent", 40), STRANGER)),
            sight(replace(look(50), entries={TWO: FIGURES}), lists(51, TWO)),
            "gone",
            "conflict (unexpected_instance)",
        ),
    ],
)
def test_row_14_and_the_other_ends_of_a_run(
    record: BotRecord, seen: Sight, ends: str | None, state: str
) -> None:
    result = observe(record, seen, 121 if seen.look and seen.look.sent_at == at(120) else 101)

    assert result.ends_run == ends
    shown_now = f"{result.shown.state} ({result.shown.reason}){' stale' * result.shown.stale}"
    assert shown_now == state


@pytest.mark.parametrize(("now", "ends"), [(120, None), (120 + STEP, "expired")])
def test_start_that_was_not_sent_expires(now: float, ends: str | None) -> None:
    result = observe(bot(requested()), sight(), now)

    assert result.ends_run == ends
    assert result.shown.state == ("error" if ends else "starting")


def test_word_that_no_row_knows_is_a_bug() -> None:
    record = bot(run(), instances=(instance(condition="dancing"),))

    with pytest.raises(AssertionError, match="dancing"):
        observe(record, sight(), 20)
    with pytest.raises(AssertionError, match="dancing"):
        observe(bot(last=replace(last("gone"), outcome="dancing")), sight(), 20)

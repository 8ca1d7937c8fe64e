"""What is done next about a bot or an instance, as a table.

It is 1000 s after ``T0``. The limits differ, so that one taken for another is noticed.
"""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.unit.lifecycle.facts import ONE, STEP, TWO, at
from tests.unit.lifecycle.parts import orphan, part, record, run_part

from bridge.lifecycle.plan import Limits, Moment, Step, StopKind, blocking, next_step, stop_step
from bridge.lifecycle.records import InstancePart, Record, RunPart
from bridge.lifecycle.states import Condition
from bridge.lifecycle.structs import OrphanRow

NOW = 1000
LIMITS = Limits(
    grace=timedelta(seconds=120),
    retell=timedelta(seconds=10),
    silent=timedelta(seconds=30),
    rearchive=timedelta(seconds=60),
    patience=timedelta(seconds=90),
)
REQUESTED = run_part(phase="requested", instance=None, deployed_at=None)
DEPLOYING = run_part(phase="deploying", instance=None, deployed_at=None)
STOPPING = run_part(phase="stopping")
DUD = part(TWO, is_dud=True)


def told(seconds_ago: float, again: float | None = None, **given: object) -> InstancePart:
    """Make an instance that was told to stop so long ago, and for the last time ``again``."""
    first, last = at(NOW - seconds_ago), at(NOW - (seconds_ago if again is None else again))
    return replace(part(stop_asked_at=first, stop_sent_at=first, told_at=last), **given)


def obeyed(seconds_ago: float, **given: object) -> InstancePart:
    """Make an instance that has reported since that it has stopped."""
    usual = told(seconds_ago, condition="emptied", condition_since=at(NOW - seconds_ago + 1))
    return replace(usual, **given)


def archived(seconds_ago: float, told_ago: float) -> InstancePart:
    return obeyed(told_ago, archive_sent_at=at(NOW - seconds_ago))


@pytest.mark.parametrize(
    ("bot", "step"),
    [
        # nothing is there, or all is well
        (record(), None),
        (record(run_part(), part()), None),
        (record(run_part(), part(checked_at=None)), None),  # its own needs no check
        (record(None, part(TWO)), None),
        (record(None, part(TWO, gone_at=at(900), checked_at=None)), None),
        # a run to be sent, in doubt, not due yet
        (record(REQUESTED), Step("deploy")),
        (record(DEPLOYING), Step("settle_deploy")),
        (record(replace(REQUESTED, next_attempt_at=at(NOW + STEP))), None),
        (record(replace(REQUESTED, next_attempt_at=at(NOW))), Step("deploy")),
        (record(replace(DEPLOYING, next_attempt_at=at(NOW + STEP))), None),
        # an expired one is merged, also when it could not be sent
        (record(REQUESTED, merge_at=at(NOW)), Step("merge")),
        (record(REQUESTED, part(TWO), merge_at=at(NOW)), Step("merge")),
        (record(REQUESTED, merge_at=at(NOW + STEP)), Step("deploy")),
        # nothing is deployed beside something that may trade
        (record(REQUESTED, part(TWO)), None),
        (record(REQUESTED, part(TWO, checked_at=None)), Step("check", TWO)),
        (record(REQUESTED, part(TWO, condition=None)), None),
        (record(REQUESTED, part(TWO, condition="absent")), None),
        (record(REQUESTED, part(TWO, condition="exited")), Step("deploy")),
        (record(REQUESTED, part(TWO, gone_at=at(900))), Step("deploy")),
        (record(REQUESTED, replace(DUD, retry_at=at(NOW + STEP))), Step("deploy")),
        # a dud goes first, when it is due
        (record(REQUESTED, DUD), Step("kill", TWO)),
        (record(None, DUD), Step("kill", TWO)),
        (record(None, replace(DUD, retry_at=at(NOW))), Step("kill", TWO)),
        (record(None, replace(DUD, retry_at=at(NOW + STEP))), None),
        # a newer revision is brought to what runs, once
        (record(run_part(), part(), revision=2), Step("update")),
        (record(run_part(revision=2), part(), revision=2), None),
        (record(run_part(seen_revision=2), part(), revision=2), None),
        (record(run_part(seen_revision=2), part(), revision=3), Step("update")),
        (record(run_part(next_attempt_at=at(NOW + STEP)), part(), revision=2), None),
        (record(STOPPING, part(retry_at=at(NOW + STEP)), revision=2), None),
        (
            record(run_part(), part(retry_at=at(NOW + STEP)), revision=2, desired_state="stopped"),
            None,
        ),
        # a stop that the bot asks for: stopped, started anew, or begun already
        (record(run_part(), part(), desired_state="stopped"), Step("stop_bot", ONE)),
        (record(run_part(), part(), generation=2), Step("stop_bot", ONE)),
        (record(STOPPING, part()), Step("stop_bot", ONE)),
        # one that is asked of the instance, in whatever run it is
        (record(run_part(), part(stop_asked_at=at(999))), Step("stop_bot", ONE)),
        (record(None, part(TWO, stop_asked_at=at(999))), Step("stop_bot", TWO)),
        (record(run_part(), part(), part(TWO, stop_asked_at=at(999))), Step("stop_bot", TWO)),
        # what turns up of a bot that was deleted meanwhile must go too, or the bot never would
        (record(None, part(TWO), deleted_at=at(999)), Step("stop_bot", TWO)),
        (record(None, part(TWO, condition="exited"), deleted_at=at(999)), Step("remove", TWO)),
        # whoever waits does not keep the next one waiting
        (record(None, told(1, retry_at=at(1001)), part(TWO, checked_at=None)), Step("check", TWO)),
    ],
)
def test_next_step(bot: Record, step: Step | None) -> None:
    assert next_step(bot, LIMITS) == step


@pytest.mark.parametrize(
    ("instance", "kind"),
    [
        # told first
        (part(), "stop_bot"),
        (part(condition="waiting"), "stop_bot"),
        (part(condition="idle", is_active=False), "stop_bot"),
        (part(condition="unreadable"), "stop_bot"),
        # archived when it has said itself that it has stopped
        (obeyed(2), "archive"),
        (obeyed(2, condition_since=at(NOW - 2 + STEP)), "archive"),
        (obeyed(2, condition_since=at(NOW - 2)), None),  # it had ended before it was told
        (obeyed(2, condition_since=None), None),
        (obeyed(2, is_active=False), None),
        # what the upstream says of it by itself is no word of its own for 30 s
        (told(30, again=1, condition="quiet"), None),
        (told(30 + STEP, again=1, condition="quiet"), "archive"),
        (told(30 + STEP, again=1, condition="waiting"), "archive"),
        (told(30 + STEP, again=1, condition="quiet", is_active=False), None),
        (told(30 + STEP, again=1, condition="idle"), None),
        (told(30 + STEP, again=1), None),
        (told(30 + STEP, again=1, condition="unreadable"), None),
        # told again as long as it does not, however long that takes
        (told(10), None),
        (told(10 + STEP), "stop_bot"),
        (told(800, again=10 + STEP), "stop_bot"),
        (told(800, again=10), None),
        (told(800, told_at=None), "stop_bot"),
        # not told what it cannot hear
        (part(condition="absent"), None),
        (told(3, condition="absent"), None),
        # after an archive: wait, repeat, and in the end remove by hand what had obeyed
        (archived(60, told_ago=64), None),
        (archived(60 + STEP, told_ago=64), "archive"),
        (archived(60 + STEP, told_ago=90), "archive"),
        (archived(60 + STEP, told_ago=90 + STEP), "kill"),
        (archived(60, told_ago=800), None),
        (replace(archived(61, told_ago=800), condition="absent"), "kill"),
        (told(1, told_at=None, stop_sent_at=None, archive_sent_at=at(800)), "stop_bot"),
        # one that has exited is only removed
        (part(condition="exited"), "remove"),
        (part(condition="exited", is_active=False, first_seen_at=at(999)), "remove"),
        (told(800, archive_sent_at=at(800), condition="exited"), "remove"),
        # by force, at once
        (part(force_asked_at=at(999)), "kill"),
        (part(force_asked_at=at(999), condition="exited"), "kill"),
        (part(force_asked_at=at(999), condition="absent"), "kill"),
        (part(force_asked_at=at(999), first_seen_at=at(999), is_active=False), "kill"),
        # not before its time
        (part(retry_at=at(NOW + STEP)), None),
        (part(retry_at=at(NOW)), "stop_bot"),
        (part(force_asked_at=at(999), retry_at=at(NOW + STEP)), None),
        # an orphan likewise
        (orphan(), "stop_bot"),
        (orphan(stop_sent_at=at(960), told_at=at(999), condition="quiet"), "archive"),
    ],
)
def test_stop_step(instance: InstancePart | OrphanRow, kind: StopKind | None) -> None:
    moment = Moment(now=at(NOW), looked_at=at(NOW))

    assert stop_step(instance, moment, LIMITS, at(14)) == kind


@pytest.mark.parametrize(
    ("seen", "is_active", "heard", "kind"),
    [
        (NOW - 120, False, None, None),
        (NOW - 120 - STEP, False, None, "stop_bot"),
        (NOW - 120, True, None, "stop_bot"),
        (NOW - 120, False, NOW - 60, "stop_bot"),
    ],
)
def test_booting_bot_would_not_hear_a_stop(
    seen: float,
    is_active: bool,  # noqa: FBT001 - a column
    heard: float | None,
    kind: StopKind | None,
) -> None:
    instance = part(first_seen_at=at(seen), is_active=is_active, condition="waiting")

    moment = Moment(now=at(NOW), looked_at=at(NOW))
    heard_at = None if heard is None else at(heard)

    assert stop_step(instance, moment, LIMITS, heard_at) == kind


@pytest.mark.parametrize(
    ("looked", "kind"), [(None, None), (NOW - 10, None), (NOW - 10 + STEP, "archive")]
)
def test_what_counts_is_when_the_look_was_sent(looked: float | None, kind: StopKind | None) -> None:
    """An old look is no word of a bot that was told 40 s ago, however late it is now."""
    moment = Moment(now=at(NOW), looked_at=None if looked is None else at(looked))

    assert stop_step(told(40, again=1, condition="quiet"), moment, LIMITS, at(14)) == kind


def test_only_a_bots_own_run_says_that_it_was_heard() -> None:
    """A stranger that came a moment ago is left to boot, whatever our own run had said."""
    stranger = part(TWO, first_seen_at=at(990), is_active=False, stop_asked_at=at(995))

    assert next_step(record(run_part(), part(), stranger), LIMITS) is None
    own = replace(stranger, name=ONE)
    assert next_step(record(run_part(), own), LIMITS) == Step("stop_bot", ONE)


@pytest.mark.parametrize(
    ("condition", "is_blocking"),
    [
        (None, True),
        ("trading", True),
        ("absent", True),
        ("unreadable", True),
        ("exited", False),
    ],
)
def test_deploy_waits_for_whatever_may_trade(
    condition: Condition | None,
    is_blocking: bool,  # noqa: FBT001 - a column
) -> None:
    instance = part(condition=condition)

    assert list(blocking(record(None, instance))) == ([instance] if is_blocking else [])
    assert not blocking(record(None, replace(instance, is_dud=True)))
    assert not blocking(record(None, replace(instance, gone_at=at(900))))


def test_own_stop_while_the_deploy_is_in_doubt_waits_until_that_is_settled() -> None:
    run: RunPart = DEPLOYING

    assert next_step(record(run, desired_state="stopped"), LIMITS) == Step("settle_deploy")

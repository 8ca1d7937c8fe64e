"""Old status, health, message and allowed actions of each state."""

from typing import get_args

import pytest
from msgspec.structs import replace
from tests.unit.lifecycle.facts import shown

from bridge.lifecycle.answers import allowed_actions, health_message, health_status, status
from bridge.lifecycle.states import KnownState, Reason, State

NORMAL = {
    "stopped": shown("stopped", "stopped"),
    "starting": shown("starting", "booting"),
    "running": shown("running", "reporting"),
    "stopping": shown("stopping", "waiting_for_container"),
    "error": shown("error", "not_trading"),
    "lost": shown("lost", "instance_gone"),
    "unknown": shown("unknown", "unlisted"),
    "conflict": shown("conflict", "two_instances"),
}


def test_every_state_is_covered_here() -> None:
    assert set(NORMAL) == set(get_args(State))


@pytest.mark.parametrize(
    ("state", "old"),
    [
        ("stopped", "stopped"),
        ("starting", "running"),
        ("running", "running"),
        ("stopping", "running"),
        ("error", "error"),
        ("lost", "error"),
        ("conflict", "error"),
    ],
)
def test_status_is_the_old_word_also_while_unknown(state: KnownState, old: str) -> None:
    assert status(NORMAL[state]) == old
    assert status(replace(NORMAL["unknown"], known=state)) == old


@pytest.mark.parametrize(
    ("state", "fresh", "stale"),
    [
        ("stopped", "stopped", "stopped"),
        ("starting", "healthy", "stale"),
        ("running", "healthy", "stale"),
        ("stopping", "healthy", "stale"),
        ("error", "error", "error"),
        ("lost", "error", "error"),
        ("conflict", "error", "error"),
        ("unknown", "unknown", "unknown"),
    ],
)
def test_health_follows_the_state(state: str, fresh: str, stale: str) -> None:
    assert health_status(NORMAL[state]) == fresh
    assert health_status(replace(NORMAL[state], stale=True)) == stale


def test_health_of_a_stop_that_nobody_obeys_is_error() -> None:
    assert health_status(shown("stopping", "broker_silent")) == "error"
    assert health_status(shown("unknown", "broker_silent")) == "unknown"


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        ("error", "boot_failed", "correct them"),
        ("error", "deploy_failed", "correct what it says"),
        ("error", "start_expired", "start the bot again"),
        ("error", "strategy_stopped", "stop the bot"),
        ("error", "not_trading", "check its error"),
        ("lost", "instance_gone", "check the exchange for open orders"),
        ("lost", "container_exited", "check the exchange for open orders"),
        ("conflict", "two_instances", "stop the bot"),
        ("conflict", "unexpected_instance", "adopt it"),
        ("stopping", "broker_silent", "with force"),
        ("stopping", "hummingbot_unreachable", "check the Hummingbot server"),
        ("unknown", "hummingbot_unreachable", "check the Hummingbot server"),
        ("unknown", "no_heartbeat", "check its process"),
        ("unknown", "broker_silent", "check its process"),
        ("unknown", "unreadable", "check its version"),
    ],
)
def test_message_says_in_one_sentence_what_to_do(state: State, reason: Reason, words: str) -> None:
    message = health_message(shown(state, reason))

    assert message is not None
    assert words in message
    assert message.endswith(".")
    assert message.count(".") == 1


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("stopped", "stopped"),
        ("starting", "booting"),
        ("running", "reporting"),
        ("running", "no_heartbeat"),
        ("running", "no_report"),
        ("stopping", "waiting_for_container"),
        ("stopping", "container_exited"),
        ("unknown", "deploy_in_doubt"),
        ("unknown", "unlisted"),
        ("unknown", "no_report"),
    ],
)
def test_no_message_while_the_bridge_deals_with_it(state: State, reason: Reason) -> None:
    assert health_message(shown(state, reason)) is None


@pytest.mark.parametrize("state", ["error", "lost", "conflict"])
def test_each_reason_of_a_bad_state_has_a_message(state: State) -> None:
    """The reasons that the table gives to these states are all among those with a message."""
    given = {
        "error": {"boot_failed", "deploy_failed", "start_expired", "strategy_stopped"}
        | {"not_trading"},
        "lost": {"instance_gone", "container_exited"},
        "conflict": {"two_instances", "unexpected_instance"},
    }

    told = {reason for reason in get_args(Reason) if health_message(shown(state, reason))}

    assert told == given[state]


@pytest.mark.parametrize(
    ("state", "has_run", "actions"),
    [
        ("stopped", False, "start edit delete"),
        ("starting", False, "stop edit delete"),
        ("starting", True, "stop edit delete"),
        ("running", True, "stop edit delete"),
        ("stopping", True, "start edit delete"),
        ("error", False, "start edit delete"),
        ("error", True, "start stop edit delete"),
        ("lost", False, "start edit delete"),
        ("lost", True, "start stop edit delete"),
        ("unknown", True, "stop edit delete"),
        ("unknown", False, "stop edit delete"),
        ("conflict", False, "start stop edit delete"),
        ("conflict", True, "start stop edit delete"),
    ],
)
def test_actions(state: str, has_run: bool, actions: str) -> None:  # noqa: FBT001 - a column
    def allowed(*, is_runnable: bool = True, is_deleting: bool = False) -> str:
        found = allowed_actions(
            NORMAL[state], has_run=has_run, is_runnable=is_runnable, is_deleting=is_deleting
        )
        return " ".join(found)

    assert allowed() == actions
    assert allowed(is_runnable=False) == actions.removeprefix("start ")
    assert allowed(is_deleting=True) == "delete"


def test_stop_that_nobody_obeys_can_be_asked_again_with_force() -> None:
    actions = allowed_actions(
        shown("stopping", "broker_silent"), has_run=True, is_runnable=True, is_deleting=False
    )

    assert actions == ("start", "stop", "edit", "delete")

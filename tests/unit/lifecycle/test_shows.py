"""Why a state is stale, in one word."""

import pytest
from tests.unit.lifecycle.facts import STEP, at, shown

from bridge.lifecycle.shows import stale_reason
from bridge.lifecycle.sight import Look
from bridge.lifecycle.states import Reason


def row(beat: float | None = 100, error: str | None = None, read: float = 101) -> Look:
    return Look(None, None, None if beat is None else at(beat), error, at(read))


def test_fresh_state_has_no_reason_to_be_stale() -> None:
    assert stale_reason(row(None), shown("running", "reporting")) is None


@pytest.mark.parametrize("reason", ["no_heartbeat", "no_report"])
def test_what_is_about_the_bot_comes_first(reason: Reason) -> None:
    stale = shown("running", reason, stale=True)

    assert stale_reason(row(None, "upstream-timeout"), stale) == reason


@pytest.mark.parametrize(
    ("looked", "reason"),
    [
        (row(None), "no_leader"),
        (row(100, read=115 + STEP), "no_leader"),
        (row(100, "upstream-timeout", read=115 + STEP), "no_leader"),
        (row(100, "upstream-timeout", read=115), "upstream-timeout"),
        (row(100, read=115), "hummingbot_unreachable"),
    ],
)
def test_else_it_is_this_service_or_the_upstream(looked: Look, reason: str) -> None:
    assert stale_reason(looked, shown("running", "reporting", stale=True)) == reason

"""Ageing: what every process makes of a stored state from the age of the newest look."""

from datetime import datetime

import pytest
from hypothesis import given
from msgspec.structs import replace
from tests.unit.lifecycle.facts import (
    FIGURES,
    IDLE,
    STEP,
    T0,
    TIMES,
    at,
    bot,
    found,
    look,
    shown,
    sight,
    traded,
)
from tests.unit.lifecycle.test_merge_properties import MAYBE, MOMENTS, SHOWN

from bridge.lifecycle.ages import apply_age
from bridge.lifecycle.facts import Bounds, Shown
from bridge.lifecycle.merge import merge
from bridge.lifecycle.states import Reason, State

BOUNDS = Bounds()
NEVER = 1e9


def aged(stored: Shown, age: float | None) -> str:
    last_look_at = None if age is None else T0
    result = apply_age(stored, last_look_at, at(age or 0), BOUNDS)
    return f"{result.state} ({result.reason}){' stale' * result.stale}"


@pytest.mark.parametrize(
    ("age", "state"),
    [
        (-1, "running (reporting)"),
        (0, "running (reporting)"),
        (5, "running (reporting)"),
        (5 + STEP, "running (reporting) stale"),
        (60, "running (reporting) stale"),
        (60 + STEP, "unknown (hummingbot_unreachable) stale"),
        (NEVER, "unknown (hummingbot_unreachable) stale"),
        (None, "unknown (hummingbot_unreachable) stale"),
    ],
)
def test_state_is_stale_past_fresh_and_unknown_past_the_bound(
    age: float | None, state: str
) -> None:
    assert aged(shown("running", "reporting"), age) == state


@pytest.mark.parametrize(
    ("stored", "within", "past"),
    [
        # row 3, row 4 and row 14a rest on proofs
        (shown("stopped", "stopped"), "stopped (stopped)", "stopped (stopped)"),
        (
            shown("stopped", "never_deployed"),
            "stopped (never_deployed)",
            "stopped (never_deployed)",
        ),
        (shown("error", "boot_failed"), "error (boot_failed)", "error (boot_failed)"),
        (shown("error", "deploy_failed"), "error (deploy_failed)", "error (deploy_failed)"),
        (shown("error", "start_expired"), "error (start_expired)", "error (start_expired)"),
        (shown("lost", "instance_gone"), "lost (instance_gone)", "lost (instance_gone)"),
        (shown("lost", "container_exited"), "lost (container_exited)", "lost (container_exited)"),
        # rows 2 and 5 come before row 6
        (
            shown("conflict", "two_instances"),
            "conflict (two_instances) stale",
            "conflict (two_instances) stale",
        ),
        (
            shown("stopping", "waiting_for_container"),
            "stopping (waiting_for_container) stale",
            "stopping (hummingbot_unreachable) stale",
        ),
    ],
)
def test_only_what_rests_on_a_look_ages(stored: Shown, within: str, past: str) -> None:
    assert aged(stored, 60) == within
    assert aged(stored, 60 + STEP) == past
    assert aged(stored, None) == past


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("starting", "start_requested"),
        ("starting", "booting"),
        ("running", "no_heartbeat"),
        ("error", "not_trading"),
        ("error", "strategy_stopped"),
        ("unknown", "deploy_in_doubt"),
    ],
)
def test_all_else_falls_to_unknown(state: State, reason: Reason) -> None:
    stored = shown(state, reason)

    assert aged(stored, 5) == f"{state} ({reason})"
    assert aged(stored, 60) == f"{state} ({reason}) stale"
    assert aged(stored, 60 + STEP) == "unknown (hummingbot_unreachable) stale"


def test_fallen_state_began_when_the_bound_was_passed() -> None:
    def since(stored: Shown, last_look_at: datetime | None) -> datetime:
        return apply_age(stored, last_look_at, at(999), BOUNDS).since

    running = shown("running", "reporting", since=at(17))
    assert since(running, at(100)) == at(160)
    assert since(replace(running, since=at(200)), at(100)) == at(200)
    assert since(running, None) == at(17)
    assert since(shown("unknown", "unlisted", since=at(17)), at(100)) == at(17)


def test_fallen_state_keeps_what_was_known_but_no_error() -> None:
    stored = shown("error", "not_trading", error="No such pair.")

    fallen = apply_age(stored, at(0), at(61), BOUNDS)

    assert (fallen.known, fallen.error) == ("error", None)


def test_row_6_outage_ends_with_the_next_look() -> None:
    record = bot(traded(), instances=found("trading", 20))

    during = merge(record, sight(look(20, FIGURES)), at(90), TIMES).shown
    after = merge(record, sight(look(90, IDLE)), at(91), TIMES).shown

    assert apply_age(during, at(20), at(90), BOUNDS).reason == "hummingbot_unreachable"
    assert apply_age(after, at(90), at(91), BOUNDS).reason == "no_heartbeat"


def worse(result: Shown) -> int:
    return 2 if result.reason == "hummingbot_unreachable" else int(result.stale)


@given(SHOWN, MAYBE, MOMENTS, MOMENTS)
def test_ageing_only_goes_one_way(
    stored: Shown, last_look_at: datetime | None, one: datetime, other: datetime
) -> None:
    earlier = apply_age(stored, last_look_at, min(one, other), BOUNDS)
    later = apply_age(stored, last_look_at, max(one, other), BOUNDS)

    assert worse(stored) <= worse(earlier) <= worse(later)
    assert earlier.state in {stored.state, "unknown"}
    assert later.state in {earlier.state, "unknown"}
    assert later.known == stored.known
    assert later.since >= stored.since


@given(SHOWN, MAYBE, MOMENTS)
def test_ageing_twice_is_ageing_once(
    stored: Shown, last_look_at: datetime | None, now: datetime
) -> None:
    once = apply_age(stored, last_look_at, now, BOUNDS)

    assert apply_age(once, last_look_at, now, BOUNDS) == once


@given(SHOWN, MAYBE, MOMENTS)
def test_nothing_runs_without_a_look_within_the_bound(
    stored: Shown, last_look_at: datetime | None, now: datetime
) -> None:
    result = apply_age(stored, last_look_at, now, BOUNDS)

    if result.state == "running":
        assert last_look_at is not None
        assert now - last_look_at <= BOUNDS.bound
        assert result.stale or now - last_look_at <= BOUNDS.fresh

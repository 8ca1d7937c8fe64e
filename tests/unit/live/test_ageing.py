"""Time alone: what equal sights promise, and showing later what was read earlier."""

from datetime import timedelta
from itertools import product
from typing import Final, get_args

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.unit.live.parts import ACCOUNT, T0, at, row

from bridge.bots.structs import BotList, BotRow, BotView
from bridge.bots.views import aged, bot_view
from bridge.lifecycle.sight import Look, Sight, look_of, sight_of
from bridge.lifecycle.states import KnownState, Reason, State
from bridge.live.ageing import reaged
from bridge.live.snapshots import Label, Snapshot

# Around every limit: 5 and 60 s at full speed, 3 and 6 times the pace, 15 s without a leader.
_SECONDS: Final = st.one_of(
    st.floats(-10, 200, allow_nan=False),
    st.sampled_from([0.0, 5.0, 15.0, 60.0, 5.000001, 15.000001, 60.000001]),
)
_PACES: Final = st.sampled_from([None, 0.5, 1.0, 3.0, 30.0])
_ERRORS: Final = st.sampled_from([None, "upstream-timeout", "upstream-unavailable"])
_SPEEDS: Final = st.sampled_from([1.0, 10.0, 40.0])
_KNOWN: Final = st.sampled_from(get_args(KnownState))
_NUMBERS: Final = st.one_of(
    st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False)
)
_CONFIGS: Final = st.dictionaries(
    st.text(max_size=4), st.one_of(_NUMBERS, st.text(max_size=4), st.booleans()), max_size=3
).map(lambda config: msgspec.json.encode(config).decode())


@st.composite
def _looks(draw: st.DrawFn, read: float = 0) -> Look:
    """What may be known of the leader when it is read."""
    looked, beat = draw(st.none() | _SECONDS), draw(st.none() | _SECONDS)
    return Look(
        None if looked is None else at(read - looked),
        draw(_PACES),
        None if beat is None else at(read - beat),
        draw(_ERRORS),
        at(read),
    )


@st.composite
def _rows(draw: st.DrawFn, look: Look) -> BotRow:
    known: KnownState = draw(_KNOWN)
    state: State = "unknown" if draw(st.booleans()) else known
    return row(
        state=state,
        known_state=known,
        reason=draw(st.sampled_from(get_args(Reason))),
        since=T0 + timedelta(seconds=draw(st.floats(-200, 0))),
        is_stale=draw(st.booleans()),
        error=draw(st.none() | st.text(max_size=5)),
        instance=draw(st.none() | st.just("some-instance")),
        performance=draw(st.none() | _CONFIGS),
        config=draw(_CONFIGS),
        strategy=draw(st.sampled_from(["spread", "volume", "no_such"])),
        **look._asdict(),
    )


def _with(stored: BotRow, look: Look) -> BotRow:
    return msgspec.structs.replace(stored, **look._asdict())


def _sight(look: Look, speed: float) -> Sight:
    return sight_of(look, look.read_at, speed)


def _snapshot(stored: BotRow, speed: float) -> Snapshot:
    label = Label(ACCOUNT, 1, "a", sight_of(stored, stored.read_at, speed))
    bots = BotList(bots=[bot_view(stored, speed)], next_cursor=None)
    return Snapshot(label, msgspec.json.encode(bots))


@given(st.data(), st.lists(_looks(), min_size=6, max_size=10), _SPEEDS)
def test_rows_under_equal_sights_are_shown_the_same(
    data: st.DataObject, looks: list[Look], speed: float
) -> None:
    """This is what lets an entity tag name a sight instead of a moment."""
    stored = data.draw(_rows(looks[0]))
    shown: dict[Sight, BotView] = {}

    for look in looks:
        view = bot_view(_with(stored, look), speed)
        assert shown.setdefault(_sight(look, speed), view) == view


@given(st.data(), _looks(), _SPEEDS, st.floats(0, 200))
def test_sight_names_a_moment_of_the_same_look(
    data: st.DataObject, look: Look, speed: float, later: float
) -> None:
    """The same property along time, which random pairs of looks seldom meet."""
    stored = data.draw(_rows(look))
    after = look.later(later)
    assume(_sight(look, speed) == _sight(after, speed))

    assert bot_view(stored, speed) == bot_view(_with(stored, after), speed)


@given(st.data(), _looks(), _SPEEDS, st.lists(st.floats(0, 100), min_size=1, max_size=3))
def test_aged_view_is_the_view_of_a_later_reading(
    data: st.DataObject, look: Look, speed: float, steps: list[float]
) -> None:
    stored = data.draw(_rows(look))
    view = bot_view(stored, speed)

    for step in steps:
        look = look.later(step)
        view = aged(view, look, speed)
        assert view == bot_view(_with(stored, look), speed)


@given(st.data(), _looks(), _looks(100), _SPEEDS)
def test_what_may_age_into_another_sight_gives_the_bytes_of_a_new_reading(
    data: st.DataObject, first: Look, then: Look, speed: float
) -> None:
    """Whatever look the other sight comes from, and also when it is a newer one."""
    stored = data.draw(_rows(first))
    before = _snapshot(stored, speed)
    sight = _sight(then, speed)
    assume(before.sight.may_become(sight))

    after = reaged(before, then, sight, speed)

    read = _snapshot(_with(stored, then), speed)
    assert (after.plain.body, after.etag) == (read.plain.body, read.etag)


_SIGHTS: Final = (
    Sight("fresh", "", 0),
    Sight("fresh", "no_leader", 0),
    Sight("stale", "", 0),
    Sight("stale", "no_leader", 0),
    Sight("blind", "", 1),
    Sight("blind", "no_leader", 1),
    Sight("blind", "", 2),
    Sight("blind", "", 0),
)
_RANKS: Final = {"fresh": 0, "stale": 1, "blind": 2}


@pytest.mark.parametrize(("before", "after"), list(product(_SIGHTS, _SIGHTS)))
def test_nothing_grows_younger_and_no_blindness_becomes_another(
    before: Sight, after: Sight
) -> None:
    is_older = _RANKS[after.age] > _RANKS[before.age]
    is_as_old = (after.age, after.blind_since) == (before.age, before.blind_since)

    assert before.may_become(after) is (is_older or is_as_old)


def test_look_of_a_row_is_what_the_row_says() -> None:
    stored = row(look_error="upstream-timeout")

    assert look_of(stored) == Look(T0, 1.0, T0, "upstream-timeout", T0)

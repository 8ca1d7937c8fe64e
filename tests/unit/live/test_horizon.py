"""How the upstream is seen between two readings of the leader's heartbeat."""

import pytest
from tests.unit.live.parts import at, look

from bridge.lifecycle.sight import Look, Sight, sight_of
from bridge.live import horizon as horizon_module
from bridge.live.horizon import NEVER_SEEN, Horizon

_FRESH = Sight("fresh", "", 0)


class _Clock:
    """Stands in for the module `time`."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def monotonic(self) -> float:
        return self.seconds


def _see(horizon: Horizon, look: Look) -> bool:
    """Take a look that was asked for now."""
    return horizon.see(look, horizon_module.time.monotonic())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    clock = _Clock()
    monkeypatch.setattr(horizon_module, "time", clock)
    return clock


def test_before_anything_was_heard_it_is_blind() -> None:
    horizon = Horizon(1.0)

    assert horizon.sight == NEVER_SEEN
    assert not horizon.tick()
    assert horizon.now() is None


def test_it_ages_between_two_readings(clock: _Clock) -> None:
    horizon = Horizon(1.0)

    assert _see(horizon, look())
    assert horizon.sight == _FRESH
    for seconds, age in ((5, "fresh"), (5.1, "stale"), (60, "stale"), (60.1, "blind")):
        clock.seconds = 1_000 + seconds
        horizon.tick()
        assert horizon.sight.age == age, seconds


def test_tick_tells_each_change_once(clock: _Clock) -> None:
    horizon = Horizon(1.0)
    _see(horizon, look())

    clock.seconds += 5.1
    assert horizon.tick()
    assert not horizon.tick()


def test_sight_and_look_belong_together(clock: _Clock) -> None:
    """What is shown later is aged to the moment that its entity tag speaks of."""
    horizon = Horizon(1.0)
    _see(horizon, look())
    clock.seconds += 4.9
    horizon.tick()

    clock.seconds += 100

    shown = horizon.look
    assert shown is not None
    assert sight_of(shown, shown.read_at, 1.0) == horizon.sight == _FRESH
    horizon.tick()
    shown = horizon.look
    assert shown is not None
    assert sight_of(shown, shown.read_at, 1.0) == horizon.sight
    assert horizon.sight.age == "blind"


def test_reading_that_comes_late_is_passed_over(clock: _Clock) -> None:
    """However late: its answer may have hung while others were heard."""
    horizon = Horizon(1.0)
    _see(horizon, look(100, read=100))

    clock.seconds += 1
    horizon.see(look(0, read=9), 999.0)

    now = horizon.now()
    assert now is not None
    assert now.last_look_at == at(100)


def test_readings_side_by_side_count_by_when_they_were_read(clock: _Clock) -> None:
    horizon = Horizon(1.0)
    _see(horizon, look(10, read=10))

    horizon.see(look(11, read=11), 999.0)

    now = horizon.now()
    assert now is not None
    assert now.last_look_at == at(11)
    assert clock.seconds == 1_000


@pytest.mark.parametrize("seconds", [1, 900])
def test_clock_of_the_database_that_was_set_back_is_believed(clock: _Clock, seconds: int) -> None:
    horizon = Horizon(1.0)
    _see(horizon, look(1_000, read=1_000))

    clock.seconds += 1
    _see(horizon, look(1_000 - seconds, read=1_000 - seconds))

    now = horizon.now()
    assert now is not None
    assert now.last_look_at == at(1_000 - seconds)


def test_speed_shortens_what_it_is_worth(clock: _Clock) -> None:
    """The pace of one look a second stands as it is: three of them are fresh."""
    horizon = Horizon(40.0)
    _see(horizon, look())

    clock.seconds += 3.1
    horizon.tick()

    assert horizon.sight.age == "stale"

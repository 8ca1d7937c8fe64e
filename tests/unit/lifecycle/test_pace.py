"""The pauses of the leader and the limits of the merge, shortened."""

from datetime import timedelta

import msgspec
import pytest

from bridge.lifecycle.facts import Bounds, Times
from bridge.lifecycle.pace import Pace, Pauses, shortened


def test_pauses_are_shorter_at_a_higher_speed() -> None:
    pauses = Pauses(retry=6.0)

    assert Pace(1, pauses).seconds("retry") == 6
    assert Pace(4, pauses).seconds("retry") == 1.5
    assert Pace(4, pauses).pause("retry") == timedelta(seconds=1.5)


def test_every_pause_has_a_usual_length() -> None:
    for name in Pauses.__dataclass_fields__:
        assert Pace(1).seconds(name) > 0


@pytest.mark.parametrize(
    ("looks", "seconds"),
    [
        ([], 1.0),
        ([0.01], 1.0),
        ([0.2], 2.0),
        ([0.2, 0.4, 0.3], 3.0),
        ([0.2, 0.2, 9.0], 2.0),  # one slow look is an exception
        ([9.0, 9.0, 9.0], 15.0),
        ([9.0, 9.0, 9.0, 0.2, 0.2, 0.2], 2.0),  # only the last five count
    ],
)
def test_look_takes_a_tenth_of_the_time_at_most(looks: list[float], seconds: float) -> None:
    pace = Pace(1)

    for took in looks:
        pace.looked(took)

    assert pace.look_seconds() == pytest.approx(seconds)


def test_bounds_of_the_time_between_looks_follow_the_speed() -> None:
    pace = Pace(10)

    assert pace.look_seconds() == pytest.approx(0.1)
    pace.looked(60.0)
    assert pace.look_seconds() == pytest.approx(1.5)


def test_every_limit_of_the_merge_is_shortened() -> None:
    shorter = shortened(Times(), 20)

    for field in msgspec.structs.fields(Times):
        if field.name != "bounds":
            assert getattr(shorter, field.name) == getattr(Times(), field.name) / 20
    usual = Bounds()
    assert shorter.bounds == Bounds(fresh=usual.fresh / 20, bound=usual.bound / 20)

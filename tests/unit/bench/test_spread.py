"""Medians, percentiles and ratios of the benchmarks."""

import pytest
from bench.spread import Spread, percentile, ratio, spread


def test_spread_is_the_median_between_the_ends() -> None:
    assert spread([3.0, 1.0, 2.0]) == Spread(median=2.0, least=1.0, most=3.0)


def test_ratio_compares_round_by_round() -> None:
    """A machine that is slow for one round slows both sides of it."""
    assert ratio([10.0, 1.0, 30.0], [20.0, 2.0, 40.0]) == Spread(median=0.5, least=0.5, most=0.75)


def test_ratio_wants_as_many_rounds_of_either() -> None:
    with pytest.raises(ValueError, match="zip"):
        ratio([1.0], [1.0, 2.0])


@pytest.mark.parametrize(
    ("percent", "expected"), [(50, 50), (99, 99), (100, 100), (1, 1), (0.5, 1), (98.1, 99)]
)
def test_percentile_is_the_nearest_rank(percent: float, expected: int) -> None:
    values = [float(n) for n in range(100, 0, -1)]

    assert percentile(values, percent) == expected


def test_percentile_of_one_value_is_that_value() -> None:
    assert percentile([7.0], 99) == 7.0

"""Medians, percentiles and ratios. Pure."""

import statistics
from collections.abc import Sequence

import msgspec


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """The median of some rounds, and how far they lie apart."""

    median: float
    least: float
    most: float


def spread(values: Sequence[float], digits: int = 4) -> Spread:
    """Return median, least and most.

    Args:
        values: At least one.
        digits: Decimal places that are kept.
    """
    return Spread(
        median=round(statistics.median(values), digits),
        least=round(min(values), digits),
        most=round(max(values), digits),
    )


def ratio(ones: Sequence[float], others: Sequence[float]) -> Spread:
    """Return how the ones compare to the others, round by round.

    What slows the machine for a while slows both figures of a round.
    """
    return spread([one / other for one, other in zip(ones, others, strict=True)])


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that ``percent`` of all do not exceed, by the nearest rank.

    Args:
        values: At least one, in any order.
        percent: Above 0, up to 100.
    """
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)  # rounded up
    return ordered[max(0, int(rank) - 1)]

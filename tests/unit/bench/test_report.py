"""What the rounds of polling come to."""

from bench.contenders import Contender
from bench.load import Round
from bench.report import entries, ratios


async def no_round(_seconds: int) -> Round:
    raise AssertionError


def made(*rates: float, p50_ms: float | None = 1.0) -> list[Round]:
    return [Round(requests_per_second=rate, p50_ms=p50_ms, p99_ms=p50_ms) for rate in rates]


def test_entries_are_medians_and_the_fastest_comes_first() -> None:
    contenders = [
        Contender("pgbench", "the query", "limit", no_round, None),
        Contender("bridge", "Trading Bridge", "bridge", no_round, 1),
    ]
    found = {"pgbench": made(5, 1, 3, p50_ms=None), "bridge": made(90, 100, 20)}

    first, last = entries(contenders, found)

    assert (first.name, first.requests_per_second.median, first.p50_ms) == ("bridge", 90, 1.0)
    assert (last.name, last.requests_per_second.most, last.p50_ms) == ("pgbench", 5, None)


def test_ratios_are_of_those_who_were_there() -> None:
    found = {"bridge": made(90, 90), "bare": made(100, 90), "nginx": made(180, 180)}

    assert {(each.other, each.found.median) for each in ratios(found)} == {
        ("bare", 0.95),
        ("nginx", 0.5),
    }

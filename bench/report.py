"""What polling came to: for the terminal and for the page."""

import statistics

import msgspec
from bench.load import Round
from bench.page import Machine, machine_sentence, markdown_table
from rich.table import Table


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two servers: each round, and the medians of all."""

    rounds: list[Round]
    median: Round


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run.

    Attributes:
        command: What makes it again.
        body_bytes: Length of one answer's body, the same on both sides.
        ratio: Requests per second of the bridge by those of the bare application, in the median
            round: what slows the machine for a while slows both sides of a round.
    """

    command: str
    accounts: int
    bots_per_account: int
    connections: int
    seconds_per_round: int
    body_bytes: int
    machine: Machine
    bridge: Side
    bare: Side
    ratio: float


def side(rounds: list[Round]) -> Side:
    """Return the rounds of one server with the median of each figure."""
    return Side(
        rounds=rounds,
        median=Round(
            requests_per_second=round(statistics.median(r.requests_per_second for r in rounds), 1),
            p50_ms=round(statistics.median(r.p50_ms for r in rounds), 3),
            p99_ms=round(statistics.median(r.p99_ms for r in rounds), 3),
        ),
    )


def ratio(by_bridge: list[Round], by_bare: list[Round]) -> float:
    """Return the median, over the rounds, of the requests per second of one by the other."""
    pairs = zip(by_bridge, by_bare, strict=True)
    return round(
        statistics.median(one.requests_per_second / two.requests_per_second for one, two in pairs),
        4,
    )


def table(report: Report) -> Table:
    """Return the figures for a terminal."""
    heads, *rows = _cells(report)
    made = Table(*heads, title=f"GET /bots?account=, {_conditions(report)}")
    for row in rows:
        made.add_row(*row)
    return made


def markdown(report: Report) -> str:
    """Return the figures for the page."""
    return (
        f"`{report.command}`, {_conditions(report)}:\n\n"
        + markdown_table(_cells(report))
        + f"\n\nRatio of the requests per second, in the median round: **{report.ratio:.3f}**."
        f" {machine_sentence(report.machine)}"
    )


def _conditions(report: Report) -> str:
    return (
        f"{report.accounts} accounts of {report.bots_per_account} bots, {report.body_bytes:,} bytes"
        f" an answer, {report.connections} connections, one worker, medians of"
        f" {len(report.bridge.rounds)} interleaved rounds of {report.seconds_per_round} s"
    )


def _cells(report: Report) -> list[tuple[str, str, str, str]]:
    sides = {"Trading Bridge": report.bridge.median, "bare ASGI application": report.bare.median}
    return [
        ("", "requests/s", "p50 ms", "p99 ms"),
        *(
            (
                name,
                f"{found.requests_per_second:,.0f}",
                f"{found.p50_ms:.2f}",
                f"{found.p99_ms:.2f}",
            )
            for name, found in sides.items()
        ),
    ]

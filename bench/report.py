"""What a benchmark found: for the terminal, as JSON, and in the documentation.

No figure is typed by hand: the page's table lies between two markers and is written anew.
"""

import os
import platform
import statistics
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec
from bench.load import Round
from rich.table import Table

_DOCS: Final = Path(__file__).parents[1] / "docs"
_BEGIN: Final = "<!-- poll: written by make bench -->"
_END: Final = "<!-- poll: end -->"


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What the figures depend on besides the code."""

    cores: int
    machine: str
    python: str
    granian: str
    uvloop: str
    postgresql: str


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


def machine_facts(postgresql: str) -> Machine:
    """Return what can be said about this machine without naming it."""
    return Machine(
        cores=len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count() or 0,
        machine=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        granian=version("granian"),
        uvloop=version("uvloop"),
        postgresql=postgresql,
    )


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


def write(report: Report) -> list[Path]:
    """Write docs/performance/poll.json and the table of docs/performance.md; return both paths."""
    data = _DOCS / "performance" / "poll.json"
    data.parent.mkdir(parents=True, exist_ok=True)
    data.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    page = _DOCS / "performance.md"
    before, _, rest = page.read_text("utf-8").partition(_BEGIN)
    _, found, after = rest.partition(_END)
    if not found:
        message = f"{page} has lost its markers {_BEGIN} and {_END}"
        raise ValueError(message)
    page.write_text(f"{before}{_BEGIN}\n{_markdown(report)}\n{_END}{after}", "utf-8")
    return [data, page]


def _markdown(report: Report) -> str:
    heads, *rows = (f"| {' | '.join(row)} |" for row in _cells(report))
    rule = "|---|" + "---:|" * 3
    facts = report.machine
    return (
        f"`{report.command}`, {_conditions(report)}:\n\n"
        + "\n".join([heads, rule, *rows])
        + f"\n\nRatio of the requests per second, in the median round: **{report.ratio:.3f}**."
        f" {facts.cores} cores ({facts.machine}) shared by server, load and database;"
        f" Python {facts.python}, granian {facts.granian}, uvloop {facts.uvloop},"
        f" PostgreSQL {facts.postgresql}."
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

"""What polling came to: for the terminal, for the page and for the chart."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from bench.chart import Bar, bars
from bench.contenders import Contender
from bench.load import Round
from bench.page import Machine, machine_sentence, markdown_table
from bench.spread import Spread, ratio, spread
from rich.table import Table

# One by the other: names, what is wanted at least, and what it is called.
_RATIOS: Final = (
    ("bridge", "bare", 0.92, "polls with a body / bare ASGI application"),
    ("bridge_304", "bare_304", 0.92, "polls answered 304 / bare ASGI application, 304"),
    ("bridge", "bridge_open", 0.9, "polls with key and origin checked / open mode"),
    ("bridge", "fastapi_sync", 90, "polls / FastAPI + SQLAlchemy + psycopg2"),
    ("bridge", "fastapi_asyncpg", 15, "polls / FastAPI + asyncpg + orjson"),
    ("bridge", "fastify", 6, "polls / Fastify + postgres.js"),
    ("bridge", "go", 4, "polls / Go net/http + pgx v4"),
    ("bridge", "nginx", 0.4, "polls / nginx, a static file of the same size"),
    ("bridge", "pgbench", None, "polls / the query alone"),
    (
        "bridge_front_off",
        "fastapi_asyncpg",
        1.3,
        "each poll read anew / FastAPI + asyncpg + orjson",
    ),
    (
        "bridge_missed",
        "fastapi_asyncpg",
        None,
        "each poll read anew and held for a moment / FastAPI + asyncpg + orjson",
    ),
)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One contender: each round, and what all came to."""

    name: str
    label: str
    kind: str
    requests_per_second: Spread
    p50_ms: float | None
    p99_ms: float | None
    rounds: list[Round]


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """Requests per second of one contender by those of another, round by round.

    Attributes:
        target: The least that is wanted; None: none is set.
    """

    one: str
    other: str
    label: str
    target: float | None
    found: Spread


class PollReport(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run.

    Attributes:
        command: What makes it again.
        body_bytes: Length of the body of one answer.
        missing: Who could not be had, and why.
    """

    command: str
    accounts: int
    bots_per_account: int
    connections: int
    seconds_per_round: int
    body_bytes: int
    cores: str
    machine: Machine
    entries: list[Entry]
    ratios: list[Ratio]
    missing: dict[str, str]


def entries(contenders: Sequence[Contender], found: Mapping[str, list[Round]]) -> list[Entry]:
    """Return what the rounds came to, fastest first."""
    made = [
        Entry(
            name=each.name,
            label=each.label,
            kind=each.kind,
            requests_per_second=spread([r.requests_per_second for r in found[each.name]], 1),
            p50_ms=_median([r.p50_ms for r in found[each.name]]),
            p99_ms=_median([r.p99_ms for r in found[each.name]]),
            rounds=found[each.name],
        )
        for each in contenders
    ]
    return sorted(made, key=lambda entry: -entry.requests_per_second.median)


def ratios(found: Mapping[str, list[Round]]) -> list[Ratio]:
    """Return the ratios of those who were there."""
    return [
        Ratio(
            one=one,
            other=other,
            label=label,
            target=target,
            found=ratio(_rates(found[one]), _rates(found[other])),
        )
        for one, other, target, label in _RATIOS
        if one in found and other in found
    ]


def table(report: PollReport) -> Table:
    """Return the figures for a terminal."""
    heads, *rows = _cells(report)
    made = Table(*heads, title=f"GET /bots?account=, {_conditions(report)}")
    for row in rows:
        made.add_row(*row)
    return made


def markdown(report: PollReport) -> str:
    """Return the figures for the page."""
    missing = "".join(
        f" Not measured: {label}, which {why}."
        if why.startswith("needs")
        else f" Not measured: {label}: {why}."
        for label, why in report.missing.items()
    )
    return (
        "![Polls a second, by contender](performance/poll.svg)\n\n"
        f"`{report.command}`, {_conditions(report)}:\n\n"
        + markdown_table(_cells(report))
        + "\n\n"
        + markdown_table(ratio_cells(report.ratios))
        + f"\n\n{machine_sentence(report.machine, report.cores)}{missing}"
    )


def chart(report: PollReport) -> str:
    """Return the medians as a chart, as SVG."""
    return bars(
        "Polls answered a second",
        f"{report.accounts} accounts of {report.bots_per_account} bots,"
        f" {report.connections} connections, one core for each server;"
        " medians, lines from the slowest to the fastest round",
        [
            Bar(
                label=entry.label,
                value=entry.requests_per_second.median,
                least=entry.requests_per_second.least,
                most=entry.requests_per_second.most,
                kind=entry.kind,
            )
            for entry in report.entries
        ],
    )


def ratio_cells(found: Sequence[Ratio]) -> list[tuple[str, ...]]:
    """Return ratios as rows of a table, their head first."""
    return [
        ("requests per second of", "target", "median", "least", "most"),
        *(
            (
                each.label,
                "" if each.target is None else f">= {each.target:g}",
                *(_short(n) for n in (each.found.median, each.found.least, each.found.most)),
            )
            for each in found
        ),
    ]


def _short(number: float) -> str:
    return f"{number:.1f}" if number >= 10 else f"{number:.3f}"  # noqa: PLR2004


def _rates(rounds: Sequence[Round]) -> list[float]:
    return [each.requests_per_second for each in rounds]


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(statistics.median(known), 3) if known else None


def _conditions(report: PollReport) -> str:
    return (
        f"{report.accounts} accounts of {report.bots_per_account} bots, {report.body_bytes:,} bytes"
        f" an answer, {report.connections} connections, key and origin checked, one worker each,"
        f" medians of {len(report.entries[0].rounds)} interleaved rounds of"
        f" {report.seconds_per_round} s"
    )


def _cells(report: PollReport) -> list[tuple[str, ...]]:
    return [
        ("", "requests/s", "least", "most", "p50 ms", "p99 ms"),
        *(
            (
                entry.label,
                f"{entry.requests_per_second.median:,.0f}",
                f"{entry.requests_per_second.least:,.0f}",
                f"{entry.requests_per_second.most:,.0f}",
                *("" if ms is None else f"{ms:.2f}" for ms in (entry.p50_ms, entry.p99_ms)),
            )
            for entry in report.entries
        ),
    ]

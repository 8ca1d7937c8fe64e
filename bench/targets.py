"""What was wanted of live reads and what was found, in one table.

It is made of the results of the last runs: `make bench` writes it after all of them.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple, TypeVar

import click
import msgspec
from bench.full import TARGET as FULL_TARGET
from bench.full import FullReport
from bench.hot import TARGET as HOT_TARGET
from bench.hot import HotReport
from bench.page import markdown_table, read, write_part
from bench.report import PollReport
from bench.slow import TARGET as SLOW_TARGET
from bench.slow import SlowReport
from bench.streams import StreamReport
from bench.visible import VisibleReport
from rich.console import Console

P = TypeVar("P", bound=msgspec.Struct)

_LAST_READER_MS: Final = 500
_READER_KIB: Final = 2
_VISIBLE_MS: Final = (5, 25, 1_100)
_NOT_MEASURED: Final = "not measured"


class Row(NamedTuple):
    """One target.

    Attributes:
        is_met: None where nothing is known, or nothing was wanted.
    """

    what: str
    wanted: str
    found: str
    is_met: bool | None


@click.command("targets")
def targets() -> None:
    """Write what was wanted and what was found, of all that was measured before."""
    rows = found_rows()
    text = markdown(rows)
    console = Console()
    console.print(text, markup=False, highlight=False)
    console.print(f"written: {write_part('targets', text)}", soft_wrap=True, highlight=False)


def found_rows() -> list[Row]:
    """Return all targets with what the last runs found."""
    return [
        *_of_polls(_report("poll", PollReport)),
        *_of_calls(_report("hot", HotReport)),
        *_of_changes(_report("visible", VisibleReport)),
        *_of_streams(_report("streams", StreamReport)),
        *_of_a_full_database(_report("full", FullReport)),
        *_of_slow_clients(_report("slow", SlowReport)),
    ]


def markdown(rows: list[Row]) -> str:
    """Return the table for the page."""
    words = {True: "yes", False: "**no**", None: ""}
    cells = [(row.what, row.wanted, row.found, words[row.is_met]) for row in rows]
    return "`make bench`:\n\n" + markdown_table([("", "wanted", "found", "met"), *cells])


def _report(part: str, kind: type[P]) -> P | None:
    """Return what a part has found; None when it never ran, or was another one then."""
    try:
        return msgspec.json.decode(read(part), type=kind)
    except (OSError, msgspec.DecodeError):
        return None


def at_least(what: str, wanted: float | None, found: float) -> Row:
    """Return a figure that must not be lower; None: nothing is wanted."""
    if wanted is None:
        return Row(what, "", f"{found:.4g}", None)
    return Row(what, f">= {wanted:g}", f"{found:.4g}", found >= wanted)


def at_most(what: str, wanted: float, found: float, unit: str = "") -> Row:
    """Return a figure that must not be higher."""
    tail = f" {unit}" if unit else ""
    return Row(what, f"<= {wanted:g}{tail}", f"{found:g}{tail}", found <= wanted)


def _of_polls(report: PollReport | None) -> Iterator[Row]:
    if report is None:
        yield Row("polls", "", _NOT_MEASURED, None)
        return
    for each in report.ratios:
        yield at_least(each.label, each.target, each.found.median)
    for label, why in report.missing.items():
        yield Row(label, "", f"{_NOT_MEASURED}: {why}", None)


def _of_calls(report: HotReport | None) -> Iterator[Row]:
    if report is None:
        yield Row("function calls of a hot poll", f"<= {HOT_TARGET}", _NOT_MEASURED, None)
        return
    for each in report.calls:
        yield at_most(f"function calls of a hot poll, {each.status}", HOT_TARGET, each.total)


def _of_changes(report: VisibleReport | None) -> Iterator[Row]:
    what = "a commit on one replica is seen on another"
    if report is None:
        yield Row(what, "", _NOT_MEASURED, None)
        return
    half, most, without = _VISIBLE_MS
    yield at_most(f"{what}, p50", half, report.hinted.p50_ms, "ms")
    yield at_most(f"{what}, p99", most, report.hinted.p99_ms, "ms")
    lost = f"{what}, every notification lost, at most"
    yield at_most(lost, without, report.deaf.most_ms, "ms")


def _of_streams(report: StreamReport | None) -> Iterator[Row]:
    if report is None or report.bridge is None:
        yield Row("readers of a stream", "", _NOT_MEASURED, None)
        return
    bridge, crowd = report.bridge, f"{report.bridge.readers:,} readers of a stream"
    yield at_most(
        f"a change is with the last of {crowd}, p99", _LAST_READER_MS, bridge.last_p99_ms, "ms"
    )
    yield at_most(f"{crowd} that miss the last state", 0, bridge.missed)
    more = (bridge.rss_per_reader - report.bare.rss_per_reader) / 1024
    yield at_most("memory of a reader beyond the bare server's", _READER_KIB, round(more, 2), "KiB")


def _of_a_full_database(report: FullReport | None) -> Iterator[Row]:
    if report is None:
        yield Row(
            "polls with 1,000,000 bots / with 1,000", f">= {FULL_TARGET}", _NOT_MEASURED, None
        )
        return
    yield at_least(
        f"polls with {report.bots:,} bots / with 1,000", FULL_TARGET, report.ratio.median
    )


def _of_slow_clients(report: SlowReport | None) -> Iterator[Row]:
    if report is None:
        yield Row("p99 beside slow clients / without", f"<= {SLOW_TARGET}", _NOT_MEASURED, None)
        return
    what = f"p99 beside {report.clients:,} slow clients / without"
    yield at_most(what, SLOW_TARGET, report.ratio.median)

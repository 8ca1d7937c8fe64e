"""Where results go: JSON below docs/performance, and a part of docs/performance.md.

No figure is typed by hand: each part of the page lies between two markers and is written anew.
"""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec

_DOCS: Final = Path(__file__).parents[1] / "docs"


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What the figures depend on besides the code."""

    cores: int
    machine: str
    python: str
    granian: str
    uvloop: str
    postgresql: str


def machine_facts(postgresql: str, cores: int | None = None) -> Machine:
    """Return what can be said about this machine without naming it.

    Args:
        postgresql: Its version.
        cores: As many as there were before this process gave some up; None: those it has.
    """
    return Machine(
        cores=cores or core_count(),
        machine=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        granian=version("granian"),
        uvloop=version("uvloop"),
        postgresql=postgresql,
    )


def core_count() -> int:
    """Return on how many cores this process may run."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 0


def machine_sentence(facts: Machine, use: str = "shared by server, load and database") -> str:
    """Return the same as a sentence.

    Args:
        facts: What is said.
        use: What the cores are used for.
    """
    return (
        f"{facts.cores} cores ({facts.machine}), {use};"
        f" Python {facts.python}, granian {facts.granian}, uvloop {facts.uvloop},"
        f" PostgreSQL {facts.postgresql}."
    )


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """Return a table; the first row is its head, the first column its names."""
    heads, *rest = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([heads, "|---|" + "---:|" * (len(rows[0]) - 1), *rest])


def write(part: str, report: msgspec.Struct, text: str) -> list[Path]:
    """Write a part's JSON and its text on the page; return both paths.

    Raises:
        ValueError: The page has lost the part's markers.
    """
    data = _DOCS / "performance" / f"{part}.json"
    data.parent.mkdir(parents=True, exist_ok=True)
    data.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    return [data, write_part(part, text)]


def read(part: str) -> bytes:
    """Return a part's JSON, as it was written last.

    Raises:
        OSError: It never was.
    """
    return (_DOCS / "performance" / f"{part}.json").read_bytes()


def write_part(part: str, text: str) -> Path:
    """Write a part's text on the page; return the page.

    Raises:
        ValueError: The page has lost the part's markers.
    """
    page = _DOCS / "performance.md"
    begin, end = f"<!-- {part}: written by make bench -->", f"<!-- {part}: end -->"
    before, _, rest = page.read_text("utf-8").partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        message = f"{page} has lost its markers {begin} and {end}"
        raise ValueError(message)
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}", "utf-8")
    return page


def draw(part: str, svg: str) -> Path:
    """Write a part's chart beside its JSON; return the path."""
    path = _DOCS / "performance" / f"{part}.svg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(svg, "utf-8")
    return path

"""Which part of a process its CPU time goes to: perf's samples by library, where there is perf."""

import asyncio
import re
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final

from bench.load import LoadError

_PER_SECOND: Final = 499  # no divisor of anybody's own period
_LINE: Final = re.compile(r"^\s*([\d.]+)%\s+(\S+)")
# What the name of a library begins with, or its folder; the first that fits.
_PARTS: Final = (
    ("[kernel", "kernel"),
    ("_granian", "granian"),
    ("libpython", "CPython"),
    ("python", "CPython"),
    ("loop.", "uvloop"),
    ("protocol.", "asyncpg"),
    ("pgproto.", "asyncpg"),
    ("record.", "asyncpg"),
    ("_core.", "msgspec"),
    ("_asyncio.", "CPython"),
    ("_datetime.", "CPython"),
    ("libc.", "C library"),
    ("libpthread", "C library"),
    ("ld-linux", "C library"),
)
OTHER: Final = "other"


def is_there() -> bool:
    """Whether there is a perf to ask."""
    return shutil.which("perf") is not None


async def parts_of(pid: int, seconds: float) -> dict[str, float]:
    """Return the share of each part in the CPU time that a process takes from now on.

    Raises:
        LoadError: perf may not look, or saw nothing.
    """
    with tempfile.TemporaryDirectory(prefix="bridge-bench-") as folder:
        data = str(Path(folder, "perf.data"))
        await _perf(
            *("record", "--event", "cpu-clock", "--freq", str(_PER_SECOND), "--pid", str(pid)),
            *("--output", data, "--", "sleep", f"{seconds:g}"),
        )
        text = await _perf("report", "--input", data, "--sort", "dso", "--stdio")
    return shares(text)


def shares(report: str) -> dict[str, float]:
    """Return what perf's report says of each part, largest first, 1 in all.

    Raises:
        LoadError: It says nothing.
    """
    found: Counter[str] = Counter()
    lines = (_LINE.match(line) for line in report.splitlines())
    for line in lines:
        if line is not None:
            found[_part(line[2])] += float(line[1])  # type: ignore[assignment]
    total = found.total()
    if not total:
        raise LoadError("perf has seen nothing.")
    return {name: round(share / total, 4) for name, share in found.most_common()}


def _part(library: str) -> str:
    return next((part for begin, part in _PARTS if library.startswith(begin)), OTHER)


async def _perf(*words: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *("perf", *words), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    if process.returncode:
        last = errors.decode().strip().splitlines()[-1:]
        raise LoadError(f"perf ended with code {process.returncode}: {''.join(last)}")
    return output.decode()

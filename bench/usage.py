"""What a process uses, as Linux tells it."""

import os
import re
from pathlib import Path
from typing import Final

import msgspec

_PROC: Final = Path("/proc")
_AFTER_NAME: Final = ") "
_USER, _SYSTEM = 11, 12  # of the fields of stat that follow the name


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Up to now, or now."""

    cpu_seconds: float
    rss_bytes: int
    peak_rss_bytes: int


def children(pid: int) -> list[int]:
    """Return the processes that a process has begun."""
    return [
        int(child)
        for task in (_PROC / str(pid) / "task").iterdir()
        for child in (task / "children").read_text().split()
    ]


def usage(pid: int) -> Usage:
    """Return what a process uses."""
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(_AFTER_NAME)[2].split()
    ticks = int(fields[_USER]) + int(fields[_SYSTEM])
    status = (_PROC / str(pid) / "status").read_text()
    return Usage(
        cpu_seconds=ticks / os.sysconf("SC_CLK_TCK"),
        rss_bytes=_kilobytes(status, "VmRSS"),
        peak_rss_bytes=_kilobytes(status, "VmHWM"),
    )


def _kilobytes(status: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0

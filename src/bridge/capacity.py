"""How much of the machine the server takes: processes by processors, connections by open files."""

import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

_CGROUPS: Final = Path("/sys/fs/cgroup")
_OWN_CGROUP: Final = Path("/proc/self/cgroup")
# Each worker holds connections of its own to the database: more of them are for a person to set.
_MOST_AUTO_WORKERS: Final = 8
_CONNECTIONS_PER_WORKER: Final = 12_000
# Beside the connections of callers: the database, the upstream, logs, what the loop needs.
_OTHER_FILES: Final = 512


def worker_count(wanted: int | Literal["auto"]) -> int:
    """Return how many processes serve; ``auto``: one for each processor that we may use."""
    return min(processors(), _MOST_AUTO_WORKERS) if wanted == "auto" else wanted


def processors(groups: Path = _CGROUPS, own: Path = _OWN_CGROUP) -> int:
    """Return how many processors this process may keep busy, in a container too.

    Args:
        groups: Where the control groups are.
        own: Where it is written in which of them this process is.
    """
    if sys.platform == "linux":
        whole = (int(quota) for quota in _quotas(groups, own))
        return max(1, min(len(os.sched_getaffinity(0)), *whole))
    return os.cpu_count() or 1


def connections_per_worker() -> int:
    """Allow as many open files as the system lets us; return how many connections that leaves.

    A server that has no file left for the next connection turns around itself, and cannot reach
    its database. One that takes no more connections lets the next ones wait.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _CONNECTIONS_PER_WORKER + _OTHER_FILES
    if not _is_enough(soft, wanted):
        allowed = wanted if _is_enough(hard, wanted) else hard
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        except (OSError, ValueError):  # macOS has a lower limit of its own
            allowed = soft
        soft = allowed
    if _is_enough(soft, wanted):
        return _CONNECTIONS_PER_WORKER
    return soft - min(_OTHER_FILES, soft // 2)


def _is_enough(files: int, wanted: int) -> bool:
    return files == resource.RLIM_INFINITY or files >= wanted


def _quotas(root: Path, own: Path) -> Iterator[float]:
    """Yield how many processors' worth of time each group above this process may use."""
    yield float(os.cpu_count() or 1)
    for folder in _folders(root, own):
        maximum = _fields(folder / "cpu.max")
        if maximum and maximum[0] != "max":
            yield int(maximum[0]) / int(maximum[1])
        # Version 1 of control groups.
        quota, period = _fields(folder / "cpu.cfs_quota_us"), _fields(folder / "cpu.cfs_period_us")
        if quota and period and int(quota[0]) > 0:
            yield int(quota[0]) / int(period[0])


def _folders(root: Path, own: Path) -> Iterator[Path]:
    # In a container the groups that matter are mounted as the root, whatever the path says.
    yield from (root, root / "cpu", root / "cpu,cpuacct")
    for line in _lines(own):
        _, _, path = line.partition("::")
        group = root / path.lstrip("/") if path else root
        while group not in (root, group.parent):
            yield group
            group = group.parent


def _fields(path: Path) -> list[str]:
    lines = _lines(path)
    return lines[0].split() if lines else []


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("ascii").splitlines()
    except OSError:
        return []

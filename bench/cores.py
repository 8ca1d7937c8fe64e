"""Which cores measure and which are measured: the same ones for every server.

Each server, with all its threads and processes, has the first core to itself. The load, PostgreSQL
and this process have the others. So nobody wins by having more threads, and a runtime that counts
cores, as Go's does, counts one. Where cores cannot be chosen, all share all of them.
"""

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cores:
    """How the cores are shared out.

    Attributes:
        prefix: Words before a server's command that keep it on its core.
        use: The same for people.
    """

    prefix: tuple[str, ...]
    use: str


@contextmanager
def shared_out(*, is_apart: bool = True) -> Generator[Cores]:
    """Keep this process, and all that it starts without the prefix, off the servers' core.

    Args:
        is_apart: False leaves all cores to everybody.
    """
    taskset = shutil.which("taskset")
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set[int]()
    server, *others = sorted(before) or (0,)
    if taskset is None or not others or not is_apart:
        yield Cores((), "shared by server, load and database")
        return
    os.sched_setaffinity(0, others)
    try:
        yield Cores(
            (taskset, "--cpu-list", str(server)),
            "one for each server, the rest for load and database",
        )
    finally:
        os.sched_setaffinity(0, before)

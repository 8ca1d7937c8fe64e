"""What the tests of the embedded server share."""

import os
import stat
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol, Self

import asyncpg

from bridge.embedded.binaries import Binaries
from bridge.embedded.cluster import EmbeddedCluster
from bridge.embedded.launch import (
    Launcher,
    as_other_user_anywhere,
    as_this_user,
    in_user_namespace,
)

AS_ROOT = os.geteuid() == 0
ON_LINUX = sys.platform == "linux"


class MakeCluster(Protocol):
    """Makes clusters that are stopped when the test ends."""

    def __call__(
        self,
        folder: Path = ...,
        *,
        programs: Binaries = ...,
        durable: bool = False,
        launchers: Sequence[Launcher] | None = None,
    ) -> EmbeddedCluster:
        """Return a cluster that was not started."""
        ...


def usual_launcher(*, follows_parent: bool = True) -> Launcher:
    """The way that works here, for folders of pytest, which others may not enter."""
    ways = [in_user_namespace(), as_other_user_anywhere()] if AS_ROOT else [as_this_user()]
    launcher = next(way for way in ways if way.can_run("true"))
    return replace(launcher, follows_parent=follows_parent)


async def fetch_value(cluster: EmbeddedCluster, statement: str) -> object:
    connection = await asyncpg.connect(cluster.dsn("postgres"), timeout=10)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def insert_rows(cluster: EmbeddedCluster, count: int) -> None:
    connection = await asyncpg.connect(cluster.dsn("postgres"), timeout=10)
    try:
        await connection.execute("CREATE TABLE kept (n integer PRIMARY KEY)")
        await connection.executemany("INSERT INTO kept VALUES ($1)", [(n,) for n in range(count)])
    finally:
        await connection.close()


async def count_rows(cluster: EmbeddedCluster) -> object:
    return await fetch_value(cluster, "SELECT count(*) FROM kept")


class Supervisor:
    """Another process that makes a cluster, until it is killed."""

    def __init__(self, data_dir: Path, binaries: Binaries, *, follows_parent: bool) -> None:
        words = (str(data_dir), str(binaries.bin_dir), "yes" if follows_parent else "no")
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "tests.embedded.supervisor", *words],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def wait_for_server(self) -> int:
        """Return the server's process id once it answers."""
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def stranger(*command: str) -> Generator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with PostgreSQL."""
    with subprocess.Popen(command) as process:  # noqa: S603 - a word of the test's own
        yield process
        process.kill()


def names(folder: Path, pattern: str = "*") -> set[str]:
    return {path.name for path in folder.glob(pattern)}


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def owner(path: Path) -> int:
    return path.stat().st_uid


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)

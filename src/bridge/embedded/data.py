"""The data folder of PostgreSQL: made all at once or not at all, and of the right version."""

import os
import secrets
import shutil
import signal
from pathlib import Path
from typing import Final

from bridge.embedded.binaries import Binaries
from bridge.embedded.processes import end, wait_until
from bridge.embedded.programs import Programs
from bridge.errors import ConfigurationError

SUPERUSER: Final = "bridge"
_INITDB_TIMEOUT_SECONDS: Final = 120.0
_BUILTIN_LOCALE_MAJOR: Final = 17


def check_version(pgdata: Path, binaries: Binaries) -> None:
    """Refuse data that these programs cannot read.

    Raises:
        ConfigurationError: The data are of another major version, or are no data of PostgreSQL.
    """
    try:
        major = (pgdata / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError as exc:
        message = f"{pgdata} holds no data of PostgreSQL: move it away to start with an empty one."
        raise ConfigurationError(message) from exc
    if major != str(binaries.major):
        message = (
            f"The data in {pgdata} are of PostgreSQL {major}, but {binaries.source} is"
            f" {binaries.version}: set BRIDGE_PG_BIN to the programs of a PostgreSQL {major}, or"
            " move the folder away to start with an empty one."
        )
        raise ConfigurationError(message)


async def initialise(
    pgdata: Path, programs: Programs, *, log: Path, guard: int, durable: bool
) -> None:
    """Make an empty server's data; a crash at any point leaves no `pgdata`.

    Args:
        pgdata: What is made, by one rename; its parent belongs to the launcher's user.
        programs: The programs.
        log: Where their output goes.
        guard: The lock that they inherit; ours, so leftovers of earlier tries are dead.
        durable: Whether the files are flushed to the disk before the rename.

    Raises:
        ConfigurationError: It failed; the sentence carries the last lines of the log.
    """
    for leftover in pgdata.parent.glob("initdb-*"):
        shutil.rmtree(leftover)
    for locale in _locales(programs.binaries.major):
        partial = pgdata.with_name(f"initdb-{secrets.token_hex(4)}")
        options = (f"--pgdata={partial}", *locale, *(() if durable else ("--no-sync",)))
        if await _run_initdb(programs, *options, log=log, guard=guard):
            break
    else:
        message = f"PostgreSQL could not make its data folder {pgdata}:\n{last_lines(log)}"
        raise ConfigurationError(message)
    partial.rename(pgdata)
    if durable:
        _flush(pgdata.parent)


def last_lines(log: Path, count: int = 12) -> str:
    """Return the end of a log, for an error's text."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])


def _locales(major: int) -> list[tuple[str, ...]]:
    """Return the ways to say "code points, UTF-8", best first; not all systems know the second."""
    if major >= _BUILTIN_LOCALE_MAJOR:
        return [("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")]
    return [("--locale=C.UTF-8",), ("--locale=C",)]


async def _run_initdb(programs: Programs, *options: str, log: Path, guard: int) -> bool:
    process = programs.spawn(
        "initdb",
        f"--username={SUPERUSER}",
        "--auth=trust",  # the socket's folder is 0700: who gets there is this user, or root
        "--encoding=UTF8",
        "--data-checksums",
        "--no-instructions",
        *options,
        log=log,
        guard=guard,
    )

    def has_ended() -> bool:
        return process.poll() is not None

    try:
        return await wait_until(has_ended, _INITDB_TIMEOUT_SECONDS) and process.returncode == 0
    finally:
        await end(process.send_signal, has_ended, [(signal.SIGINT, 5.0), (signal.SIGKILL, 5.0)])


def _flush(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)

"""The programs of PostgreSQL together with the way to run them on one folder of data."""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from bridge.embedded.binaries import Binaries
from bridge.embedded.launch import (
    Launcher,
    as_other_user,
    as_other_user_anywhere,
    as_this_user,
    has_name,
    in_user_namespace,
    postgres_environment,
)
from bridge.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Programs:
    """Programs, and a way to run them that was seen to work.

    Attributes:
        binaries: Those to use: a copy, where the launcher's user cannot reach the original.
        launcher: How they are run.
    """

    binaries: Binaries
    launcher: Launcher

    def spawn(
        self, program: Literal["postgres", "initdb"], *words: str, log: Path, guard: int
    ) -> subprocess.Popen[bytes]:
        """Start a program; on Linux it is asked to end when this thread does.

        Args:
            program: Which one.
            words: Its arguments.
            log: File that its output is added to; the program runs in that file's folder.
            guard: A lock's file; the program inherits it, so whoever finds the lock free knows
                that nobody writes.
        """
        path = self.binaries.postgres if program == "postgres" else self.binaries.initdb
        with log.open("ab") as output:
            return self.launcher.spawn(
                [path, *words],
                cwd=log.parent,
                output=output,
                pass_fds=(guard,),
                environment=postgres_environment() | self.binaries.variables,
                parent_death=signal.SIGINT,
            )


def choose_programs(
    data_dir: Path, binaries: Binaries, candidates: Sequence[Launcher] | None = None
) -> Programs:
    """Find the first way that works for these data.

    `data_dir`, which must exist and be ours, is handed to the launcher's user. Programs that this
    user cannot reach are copied into it once.

    Args:
        data_dir: The folder that holds the data, the log and the socket.
        binaries: The programs.
        candidates: Ways to try in this order; None: those that suit the user that we are.

    Raises:
        ConfigurationError: The data belong to another user, or no way works.
    """
    owner = data_dir.stat()
    uid = os.geteuid()
    if uid not in (0, owner.st_uid):
        message = (
            f"{data_dir} belongs to another user (uid {owner.st_uid}): run as that user, or set"
            " BRIDGE_DATA_DIR to a folder of your own."
        )
        raise ConfigurationError(message)
    if candidates is None:
        candidates = _ways_of_root(owner) if uid == 0 else _ways_of_user(uid)
    for launcher in candidates:
        programs = _try(launcher, data_dir, binaries)
        if programs is not None:
            return programs
    message = (
        f"PostgreSQL refuses to run as root, and neither a user namespace nor another uid works"
        f" for {data_dir}: run as an ordinary user, or set DATABASE_URL to a server of your own."
        if uid == 0
        else f"The PostgreSQL of {binaries.source} does not run here."
    )
    raise ConfigurationError(message)


def _ways_of_user(uid: int) -> list[Launcher]:
    if has_name(uid):
        return [as_this_user()]
    return [in_user_namespace(), as_this_user()]  # a number given to a container


def _ways_of_root(data: os.stat_result) -> list[Launcher]:
    if data.st_uid != 0:  # made by an ordinary user, or by an earlier run as another uid
        uid, gid = data.st_uid, data.st_gid
        return [as_other_user(uid, gid), as_other_user_anywhere(uid, gid)]
    return [in_user_namespace(), as_other_user(), as_other_user_anywhere()]


def _try(launcher: Launcher, data_dir: Path, binaries: Binaries) -> Programs | None:
    # `ls` really enters the folders; `test -x` would not count the capability.
    if not launcher.can_run("ls", "-d", f"{data_dir.parent}/."):
        return None
    reachable = launcher.can_run(binaries.postgres, "--version")
    if not reachable and not binaries.copy_parts:
        return None
    _hand_over(data_dir, launcher)
    if reachable:
        return Programs(binaries, launcher)
    moved = _copy(binaries, data_dir / f"postgresql-{binaries.version}", launcher)
    return Programs(moved, launcher) if launcher.can_run(moved.postgres, "--version") else None


def _hand_over(root: Path, launcher: Launcher) -> None:
    """Give a folder of ours, with all that is in it, to the user that the launcher runs as.

    The folder itself comes last: were this cut short, the next start would do it again.
    """
    for folder, _, names in os.walk(root, topdown=False):
        for path in (*(Path(folder) / name for name in names), Path(folder)):
            if path.lstat().st_uid != launcher.owner:
                os.chown(path, launcher.owner, launcher.group, follow_symlinks=False)


def _copy(binaries: Binaries, target: Path, launcher: Launcher) -> Binaries:
    base = binaries.copy_base
    if base is None:
        return binaries
    if not target.is_dir():
        for older in target.parent.glob("postgresql-*"):  # of another version, or cut short
            shutil.rmtree(older)
        partial = target.with_name(f"{target.name}.partial")
        for part in binaries.copy_parts:
            shutil.copytree(part, partial / part.relative_to(base), symlinks=True)
        _hand_over(partial, launcher)
        partial.rename(target)
    return replace(binaries, bin_dir=target / binaries.bin_dir.relative_to(base))

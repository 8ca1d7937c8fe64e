"""How a program of PostgreSQL is run so that it is not root, which it refuses to be.

An ordinary user runs it as it is. Root has three ways: a user namespace, in which root's own files
belong to an ordinary uid (nothing on the disk changes); another uid; another uid that keeps one
capability, for data below a folder that only root may enter. Which one works here is found out by
really running it. No user is made and no mode of a folder is changed.
"""

import functools
import os
import pwd
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

# Favourites of `_named_uid`: a usual first user, nobody, daemon.
_NAMED_UIDS: Final = (1000, 65534, 1)
_PROBE_TIMEOUT_SECONDS: Final = 20.0
_KEPT_VARIABLES: Final = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class Launcher:
    """One way to run a command.

    Attributes:
        name: For people and logs.
        owner: The uid that the data must belong to, as this process sees it.
        group: The gid of the files that are made for `owner`.
        prefix: Words before the command.
        switch: Whether the child takes `owner` and `group` on before it runs the first word.
        follows_parent: Whether `parent_death` of `spawn` counts (only Linux can).
    """

    name: str
    owner: int
    group: int
    prefix: tuple[str, ...] = ()
    switch: bool = False
    follows_parent: bool = True

    def spawn(  # noqa: PLR0913 - what a process needs
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path,
        output: IO[bytes] | int | None,
        pass_fds: Sequence[int] = (),
        environment: Mapping[str, str] | None = None,
        parent_death: signal.Signals | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start a command in a session of its own, so that Ctrl-C does not reach it.

        Call it on a thread that lives as long as the child may: Linux takes the end of that
        thread for the parent's.

        Args:
            command: Program and arguments.
            cwd: Where it runs; entered before the uid changes.
            output: Where both its output and its errors go; None leaves ours to it.
            pass_fds: Files that it inherits.
            environment: All its variables; None for the few that a program of PostgreSQL needs.
            parent_death: What the kernel sends it when we die; a help on Linux, nothing elsewhere.
        """
        dying = _parent_death_words(self, parent_death) if parent_death else ()
        return subprocess.Popen(  # noqa: S603 - words and paths of ours; no shell reads them
            [*self.prefix, *dying, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=cwd,
            env=postgres_environment() if environment is None else environment,
            pass_fds=pass_fds,
            start_new_session=True,
            user=self.owner if self.switch else None,
            group=self.group if self.switch else None,
            extra_groups=() if self.switch else None,
        )

    def can_run(self, *command: str | Path) -> bool:
        """Say whether a short command really runs, and ends well, in this way."""
        try:
            process = self.spawn(command, cwd=Path("/"), output=subprocess.DEVNULL)
        except (OSError, subprocess.SubprocessError):  # no such program; changing the uid refused
            return False
        try:
            return process.wait(_PROBE_TIMEOUT_SECONDS) == 0
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return False


def as_this_user() -> Launcher:
    """Run it as the user that we are."""
    return Launcher("as this user", os.geteuid(), os.getegid())


def in_user_namespace() -> Launcher:
    """Run it in a namespace where another uid, with a name, stands for ours (Linux)."""
    uid = _named_uid()
    words = ("unshare", "--user", f"--map-user={uid}", f"--map-group={uid}", "--")
    return Launcher("in a user namespace", os.geteuid(), os.getegid(), words)


def as_other_user(uid: int | None = None, gid: int | None = None) -> Launcher:
    """Run it as another user, by default as nobody."""
    uid, gid = _user_or_nobody(uid, gid)
    return Launcher(f"as uid {uid}", uid, gid, switch=True)


def as_other_user_anywhere(uid: int | None = None, gid: int | None = None) -> Launcher:
    """Run it as another user that may pass folders which only root may enter (Linux)."""
    uid, gid = _user_or_nobody(uid, gid)
    words = ("setpriv", "--reuid", str(uid), "--regid", str(gid), "--clear-groups")
    keep = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--")
    return Launcher(f"as uid {uid} with CAP_DAC_OVERRIDE", uid, gid, words + keep)


def postgres_environment() -> dict[str, str]:
    """Return what PostgreSQL needs of ours; keys and passwords of the bridge are none of that."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def has_name(uid: int) -> bool:
    """Say whether a user is known here; initdb looks up its own, and gives up without one."""
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _named_uid() -> int:
    return next(filter(has_name, _NAMED_UIDS), _NAMED_UIDS[0])


def _user_or_nobody(uid: int | None, gid: int | None) -> tuple[int, int]:
    if uid is None or gid is None:
        nobody = pwd.getpwnam("nobody")  # every system has one, under different numbers
        return nobody.pw_uid, nobody.pw_gid
    return uid, gid


@functools.cache
def _parent_death_words(launcher: Launcher, number: signal.Signals) -> tuple[str, ...]:
    words = ("setpriv", "--pdeathsig", number.name.removeprefix("SIG"), "--")
    return words if launcher.follows_parent and launcher.can_run(*words, "true") else ()

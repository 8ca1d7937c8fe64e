"""A container without an engine: namespaces, a root that may be read-only, and no capabilities.

The image's own settings say what runs, as whom and with which variables. The first process is the
image's entry point, so it gets TERM as process 1 does, which ignores what it has no handler for.
"""

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bench.image.engine import Image

_OUTPUT_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.02
_SETUP: Final = """
root=$1 access=$2 uid=$3 gid=$4
shift 4
mount --bind "$root" "$root"
mount -t tmpfs -o mode=1777,nosuid,nodev,noexec tmpfs "$root/tmp"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -t tmpfs -o mode=0755,nosuid,noexec tmpfs "$root/dev"
for device in full null random urandom zero; do
  : > "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mount -o remount,bind,ro "$root/dev"
mount -o "remount,bind,$access" "$root"
exec chroot "$root" setpriv --reuid "$uid" --regid "$gid" --clear-groups \\
  --bounding-set=-all --inh-caps=-all --no-new-privs -- "$@"
"""


class Container:
    """One run of an image; an ``async with`` block starts it and ends whatever is left of it."""

    def __init__(
        self, image: Image, environment: Mapping[str, str], *words: str, read_only: bool
    ) -> None:
        """Say what to run.

        Args:
            image: The image.
            environment: Variables besides the image's own.
            words: The command; none for the image's own.
            read_only: Whether only /tmp can be written to, or what the user may as well.
        """
        self._environment = {**image.environment, **environment}
        uid, _, gid = image.user.partition(":")
        access = "ro" if read_only else "rw"
        self._command = (
            *("unshare", "--mount", "--propagation", "private", "--pid", "--fork"),
            *("sh", "-euc", _SETUP, "container"),
            *(str(image.root), access, uid, gid or uid),
            *image.entrypoint,
            *(words or image.command),
        )
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        """Start it."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self._environment,
        )
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Kill it, when it still runs: the end of process 1 is the end of all its others."""
        with suppress(ProcessLookupError):
            os.kill(int(self.first_process.name), signal.SIGKILL)
        await self._running.communicate()

    async def output(self) -> str:
        """Run it to its end and return what it wrote, with its exit code in the last line."""
        async with self, asyncio.timeout(_OUTPUT_SECONDS):
            return await self.rest()

    async def rest(self) -> str:
        """Wait for its end and return what it wrote, with its exit code in the last line."""
        written, _ = await self._running.communicate()
        return f"{written.decode(errors='replace')}exit code {self._running.returncode}"

    @property
    def has_ended(self) -> bool:
        """Whether it has."""
        return self._running.returncode is not None

    @property
    def first_process(self) -> Path:
        """The folder in /proc of the process that the container calls 1.

        Raises:
            ProcessLookupError: It has ended, or has not begun.
        """
        children = children_of(Path("/proc", str(self._running.pid)))
        if not children:
            raise ProcessLookupError
        return children[0]

    def terminate(self) -> None:
        """Send TERM to the container's process 1."""
        os.kill(int(self.first_process.name), signal.SIGTERM)

    @property
    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            message = "the container was not started"
            raise RuntimeError(message)
        return self._process


def children_of(process: Path) -> list[Path]:
    """Return the folders in /proc of a process's children; none when it has ended."""
    try:
        pids = (process / "task" / process.name / "children").read_text(encoding="ascii").split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [Path("/proc", pid) for pid in pids]


def files_of(root: Path) -> dict[str, tuple[int, ...]]:
    """Return mode, owner, size and times of everything under a root but what lies in /tmp."""
    found: dict[str, tuple[int, ...]] = {}
    for folder, names, files in os.walk(root):
        if Path(folder) == root:
            names.remove("tmp")
        for path in (folder, *(f"{folder}/{name}" for name in files)):
            state = os.lstat(path)
            found[path.removeprefix(str(root)) or "/"] = (
                *(state.st_mode, state.st_uid, state.st_gid, state.st_size),
                *(state.st_mtime_ns, state.st_ctime_ns),
            )
    return found


def difference(before: dict[str, tuple[int, ...]], after: dict[str, tuple[int, ...]]) -> list[str]:
    """Return the paths that were made, removed or changed."""
    return sorted(path for path in before | after if before.get(path) != after.get(path))

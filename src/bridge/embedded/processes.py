"""What the operating system says about processes, and how one of ours is ended."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

POLL_SECONDS: Final = 0.02
_PS_TIMEOUT_SECONDS: Final = 5.0


def exists(pid: int) -> bool:
    """Say whether the number is taken, by whatever process, dead but unburied ones included."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def command_line(pid: int) -> str:
    """Return the words of a running process joined by blanks; "" when it is none that we see.

    A process id alone proves nothing: after a crash, or in another container, the same number
    belongs to somebody else.
    """
    proc = Path("/proc")
    if (proc / "self" / "cmdline").exists():
        try:
            words = (proc / str(pid) / "cmdline").read_bytes()
        except OSError:
            return ""
        return os.fsdecode(words.rstrip(b"\0").replace(b"\0", b" "))
    answer = subprocess.run(  # noqa: S603 - the only variable word is a number
        ["ps", "-o", "command=", "-p", str(pid)],  # noqa: S607 - the system's own ps
        capture_output=True,
        check=False,
        timeout=_PS_TIMEOUT_SECONDS,
    )
    return os.fsdecode(answer.stdout).strip()


async def wait_until(
    condition: Callable[[], bool], seconds: float, *, every_seconds: float = POLL_SECONDS
) -> bool:
    """Ask `condition` again and again; False when it did not hold within the time."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        if asyncio.get_running_loop().time() >= deadline:
            return False
        await asyncio.sleep(every_seconds)
    return True


async def end(
    send: Callable[[int], None],
    is_gone: Callable[[], bool],
    steps: Sequence[tuple[signal.Signals, float]],
) -> bool:
    """Send one signal after another, each with its time to take effect; True when it is gone."""
    for number, seconds in steps:
        if is_gone():
            return True
        with suppress(ProcessLookupError):  # it went between the question and the signal
            send(number)
        if await wait_until(is_gone, seconds):
            return True
    return False

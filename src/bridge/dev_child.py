"""A command of ``bridge`` that ``bridge dev`` runs as a child: its start, its end, its leftovers.

Knows processes, nothing of what they do.
"""

import asyncio
import os
import signal
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from bridge.embedded.launch import as_this_user
from bridge.embedded.processes import POLL_SECONDS, command_line, end
from bridge.errors import ConfigurationError

_READY_TIMEOUT_SECONDS: Final = 60.0
_STOP_STEPS: Final = ((signal.SIGTERM, 15.0), (signal.SIGKILL, 5.0))


class Child(ABC):
    """One command in a session of its own, whose number is kept in the data folder.

    Args:
        title: What it is, as the subject of a sentence about its end.
        command: The words after ``bridge``; the first one tells it from other processes.
        record: The file with its number.
        log_path: Where its output goes; None leaves ours to it.
    """

    def __init__(
        self, title: str, command: Sequence[str], *, record: Path, log_path: Path | None = None
    ) -> None:
        self._title = title
        self._command = (sys.executable, "-m", "bridge", *command)
        self._mark = f"-m bridge {command[0]}"
        self._record = record
        self._log_path = log_path
        self._process: subprocess.Popen[bytes] | None = None

    async def stop_leftover(self) -> None:
        """Stop the one that a killed ``bridge dev`` left on this data folder."""
        with suppress(FileNotFoundError, ValueError):
            pid = int(self._record.read_text(encoding="ascii"))
            await end(
                lambda number: os.kill(pid, number),
                lambda: self._mark not in command_line(pid),
                _STOP_STEPS,
            )
        self._record.unlink(missing_ok=True)

    async def start(self, environment: Mapping[str, str]) -> None:
        """Start it and return when it is ready.

        Raises:
            ConfigurationError: It ended before, or does not get ready.
        """
        process = self._spawn(environment)
        self._process = process
        self._record.write_text(f"{process.pid}\n", encoding="ascii")
        deadline = asyncio.get_running_loop().time() + _READY_TIMEOUT_SECONDS
        while not await self.is_ready():
            if process.poll() is not None:
                where = self._log_path or "the lines above"
                message = f"{self._title} ended with code {process.returncode}; see {where}."
                raise ConfigurationError(message)
            if asyncio.get_running_loop().time() >= deadline:
                message = f"{self._title} gave no answer for {_READY_TIMEOUT_SECONDS:.0f} s."
                raise ConfigurationError(message)
            await asyncio.sleep(POLL_SECONDS)

    @abstractmethod
    async def is_ready(self) -> bool:
        """Say whether it serves; asked again and again once it was started."""

    @property
    def exit_code(self) -> int | None:
        """Return how it ended; None while it runs, or when it was never started."""
        return None if self._process is None else self._process.poll()

    async def stop(self) -> None:
        """Stop it, with all its workers; may be called at any time."""
        process = self._process
        if process is None:
            return
        await end(process.send_signal, lambda: process.poll() is not None, _STOP_STEPS)
        with suppress(ProcessLookupError):  # workers that outlived it
            os.killpg(process.pid, signal.SIGKILL)
        self._process = None
        self._record.unlink(missing_ok=True)

    def _spawn(self, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with ExitStack() as stack:
            log = stack.enter_context(self._log_path.open("wb")) if self._log_path else None
            return as_this_user().spawn(
                self._command,
                cwd=Path.cwd(),
                output=log,
                environment=environment,
                parent_death=signal.SIGTERM,
            )

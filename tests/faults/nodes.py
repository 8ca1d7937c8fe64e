"""Processes of ``tests.faults.node``: started, killed, frozen, woken."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import aiohttp
from tests.api.serving import LOOPBACK
from tests.e2e.processes import environment
from tests.faults.traps import PARENT_VARIABLE

_ROOT: Final = Path(__file__).parents[2]
_START_SECONDS: Final = 40
_POLL_SECONDS: Final = 0.02


class Node:
    """One server on one port; after a kill it can be started again there.

    Attributes:
        is_frozen: Nobody should ask it then.
        last_process_id: Of the process that was started last, whether it still runs or not.
    """

    def __init__(self, port: int, variables: Mapping[str, str], log_path: Path) -> None:
        self.url = f"http://{LOOPBACK}:{port}"
        own = {"PORT": str(port), "HOST": LOOPBACK, PARENT_VARIABLE: str(os.getpid())}
        self._variables = own | dict(variables)
        self._log_path = log_path
        self._process: asyncio.subprocess.Process | None = None
        self.is_frozen = False
        self.last_process_id = 0

    @property
    def process_id(self) -> int | None:
        """The process that runs now."""
        process = self._process
        return None if process is None or process.returncode is not None else process.pid

    @property
    def log(self) -> str:
        """What all its processes have written."""
        return self._log_path.read_text("utf-8", errors="replace")

    async def start(self) -> None:
        """Start it; it answers some time later."""
        self.is_frozen = False
        with self._log_path.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.faults.node",
                stdout=log,
                stderr=log,
                env=environment(**self._variables),
                cwd=_ROOT,
                start_new_session=True,
            )
        self.last_process_id = self._process.pid

    async def until_it_answers(self, http: aiohttp.ClientSession) -> None:
        """Return when it answers; a process that ended is an error."""
        async with asyncio.timeout(_START_SECONDS):
            while not await self._answers(http):
                assert self.process_id is not None, self.log[-3000:]
                await asyncio.sleep(_POLL_SECONDS)

    async def until_ended(self) -> None:
        """Return when its process is gone."""
        if self._process is not None:
            await self._process.wait()

    def kill(self) -> None:
        """Send KILL, which ends a frozen one too."""
        self._send(signal.SIGKILL)

    def wake(self) -> None:
        """Let a frozen one go on."""
        self._send(signal.SIGCONT)
        self.is_frozen = False

    def _send(self, number: signal.Signals) -> None:
        if self.process_id is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process_id, number)

    async def _answers(self, http: aiohttp.ClientSession) -> bool:
        timeout = aiohttp.ClientTimeout(total=2)
        try:
            async with http.get(f"{self.url}/health/live", timeout=timeout) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

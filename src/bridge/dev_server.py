"""The server that ``bridge dev`` runs as a child: its port, its start, its end.

Knows processes and sockets, nothing of what the server does.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bridge.embedded.launch import as_this_user
from bridge.embedded.processes import POLL_SECONDS, command_line, end
from bridge.errors import ConfigurationError

if TYPE_CHECKING:
    import subprocess

_READY_TIMEOUT_SECONDS: Final = 60.0
_ANSWER_TIMEOUT_SECONDS: Final = 5.0
_STOP_STEPS: Final = ((signal.SIGTERM, 15.0), (signal.SIGKILL, 5.0))
_COMMAND: Final = (sys.executable, "-m", "bridge", "serve")
_ANY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - read, not bound


def address(host: str, port: int) -> str:
    """Return the URL under which a server bound to `host` is reached from this machine."""
    reachable = _ANY_ADDRESS.get(host, host)
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


class DevServer:
    """One ``bridge serve`` in a session of its own."""

    def __init__(self, data_dir: Path, host: str, port: int) -> None:
        self._record = data_dir / "server.pid"
        self._address = address(host, port)
        self._host = host
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    async def stop_leftover(self) -> None:
        """Stop the server that a killed ``bridge dev`` left on this data folder."""
        with suppress(FileNotFoundError, ValueError):
            pid = int(self._record.read_text(encoding="ascii"))
            await end(
                lambda number: os.kill(pid, number),
                lambda: " ".join(_COMMAND[1:]) not in command_line(pid),
                _STOP_STEPS,
            )
        self._record.unlink(missing_ok=True)

    async def start(self, environment: Mapping[str, str]) -> None:
        """Start it and return when it answers.

        Raises:
            ConfigurationError: It ended before, or does not answer.
        """
        process = as_this_user().spawn(
            _COMMAND,
            cwd=Path.cwd(),
            output=None,
            environment=environment,
            parent_death=signal.SIGTERM,
        )
        self._process = process
        self._record.write_text(f"{process.pid}\n", encoding="ascii")
        deadline = asyncio.get_running_loop().time() + _READY_TIMEOUT_SECONDS
        while not await self._answers():
            if process.poll() is not None:
                message = f"The server ended with code {process.returncode}; see the lines above."
                raise ConfigurationError(message)
            if asyncio.get_running_loop().time() >= deadline:
                message = f"The server gave no answer for {_READY_TIMEOUT_SECONDS:.0f} s."
                raise ConfigurationError(message)
            await asyncio.sleep(POLL_SECONDS)

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

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(_ANSWER_TIMEOUT_SECONDS):
                host = _ANY_ADDRESS.get(self._host, self._host)
                reader, writer = await asyncio.open_connection(host, self._port)
                try:
                    writer.write(f"GET /health/live HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                    return b" 200 " in await reader.readline()
                finally:
                    writer.close()
        except OSError:
            return False

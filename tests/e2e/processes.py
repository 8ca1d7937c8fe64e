"""A real ``bridge serve`` in a process of its own, and plain HTTP towards it."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import msgspec

from bridge.errors import ConfigurationError
from bridge.ports import check_port

_START_SECONDS = 30
_STOP_SECONDS = 15
COMMAND = (sys.executable, "-m", "bridge")


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, object]:
        """Return the body, an object."""
        return msgspec.json.decode(self.body, type=dict[str, object])


class BridgeProcess:
    """A server under test; `url` is where it listens, `log` what it has written so far."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, log_path: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._process = process
        self._log_path = log_path

    @property
    def log(self) -> str:
        """Return what the server has written."""
        return self._log_path.read_text(encoding="utf-8")

    async def ask(self, method: str, path: str, json: object = None) -> Answer:
        """Send one request on a connection of its own."""
        timeout = aiohttp.ClientTimeout(total=20)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.request(method, self.url + path, json=json) as response,
        ):
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, headers, await response.read())

    @property
    def process_id(self) -> int:
        """Return the number of the main process."""
        return self._process.pid

    def workers(self) -> list[int]:
        """Return the numbers of the worker processes; only Linux says."""
        text = Path(f"/proc/{self.process_id}/task/{self.process_id}/children").read_text("ascii")
        return [
            int(pid)
            for pid in text.split()
            if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]

    def port_is_free(self) -> bool:
        """Whether another server could take the port."""
        try:
            check_port("127.0.0.1", int(self.url.rpartition(":")[2]))
        except ConfigurationError:
            return False
        return True

    async def until_it_answers(self) -> None:
        """Return when a call is answered."""
        async with asyncio.timeout(_START_SECONDS):
            while True:
                try:
                    await self.ask("GET", "/health/live")
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)
                else:
                    return

    async def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, TERM unless told otherwise, and return the exit code."""
        self._process.send_signal(number)
        return await self.end()

    async def interrupt(self) -> int:
        """Do what Ctrl-C in a terminal does, which reaches the workers too."""
        os.killpg(self._process.pid, signal.SIGINT)
        return await self.end()

    async def end(self) -> int:
        """Wait for the end and return the exit code."""
        return await asyncio.wait_for(self._process.wait(), _STOP_SECONDS)

    async def kill(self) -> None:
        """Kill the server and its workers, as a crash of the machine would."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()


def free_port() -> int:
    """Return a port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**variables: str) -> dict[str, str]:
    """Return an environment without settings of ours but those given."""
    passed = {"PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "PYTHONWARNINGS"}
    return {name: value for name, value in os.environ.items() if name in passed} | variables


@asynccontextmanager
async def bridge(folder: Path, **variables: str) -> AsyncGenerator[BridgeProcess]:
    """Yield a server that answers; it is gone afterwards. Open, unless the variables say else."""
    port = free_port()
    log_path = folder / f"serve-{port}.log"
    given = {"BRIDGE_AUTH": "open", "PORT": str(port)} | variables
    with log_path.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            "serve",
            stdout=log,
            stderr=log,
            env=environment(**given),
            start_new_session=True,
        )
    server = BridgeProcess(process, port, log_path)
    try:
        await _wait_until_live(server, process)
        yield server
    finally:
        await server.kill()


async def _wait_until_live(server: BridgeProcess, process: asyncio.subprocess.Process) -> None:
    answering = asyncio.create_task(server.until_it_answers())
    ending = asyncio.create_task(process.wait())
    await asyncio.wait((answering, ending), return_when=asyncio.FIRST_COMPLETED)
    ending.cancel()
    if not answering.done():
        answering.cancel()
        raise AssertionError(server.log)
    await answering


async def run(*arguments: str, **variables: str) -> tuple[int, str]:
    """Run a command of ``bridge`` to its end and return its code and all that it said."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment(**variables),
    )
    async with asyncio.timeout(50):
        said, _ = await process.communicate()
    return process.returncode or 0, said.decode()

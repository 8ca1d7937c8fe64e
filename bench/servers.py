"""Servers that are measured or needed: started, waited for, stopped."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from bench.load import LoadError

_READY_SECONDS: Final = 20.0
_STOP_SECONDS: Final = 15.0
_POLL_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs.

    Attributes:
        pid: Of its main process; those that serve are its children.
    """

    port: int
    pid: int


@asynccontextmanager
async def served(
    *words: str,
    environment: Mapping[str, str],
    port: int | None = None,
    prefix: Sequence[str] = (),
) -> AsyncGenerator[Served]:
    """Serve on a port of loopback, with one worker, until the block ends.

    Args:
        words: What our interpreter runs.
        environment: Variables besides ours, none of which speaks to the bridge.
        port: For a program that is told by ``words``; None: a free one, told by PORT.
        prefix: What runs our interpreter.

    Raises:
        LoadError: It did not come up.
    """
    port = port or free_port()
    own = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "BRIDGE_WORKERS": "1",
        "BRIDGE_AUTH": "open",
        # Counted as always, and never reached: all of the load has one key.
        "BRIDGE_READS_PER_MINUTE": "100000000",
        "BRIDGE_WRITES_PER_MINUTE": "100000000",
        "BRIDGE_STREAMS_PER_CALLER": "0",
    }
    variables = {**own, "BRIDGE_LOG_LEVEL": "warning", **environment}
    async with running(*prefix, sys.executable, *words, environment=variables, port=port) as server:
        yield server


@asynccontextmanager
async def running(
    *command: str, environment: Mapping[str, str], port: int
) -> AsyncGenerator[Served]:
    """Run any program that listens on a port of loopback, until the block ends.

    Args:
        command: The program and its words.
        environment: Variables besides ours, none of which speaks to the bridge.
        port: What it is told to listen on.

    Raises:
        LoadError: It did not come up.
    """
    process = await asyncio.create_subprocess_exec(
        *command, env={**foreign_variables(), **environment}
    )
    try:
        await _until_listening(port, process)
        yield Served(port, process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def foreign_variables() -> dict[str, str]:
    """Return our environment without what speaks to the bridge."""
    ours = ("BRIDGE_", "DATABASE_", "CORS_", "HUMMINGBOT_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


async def _until_listening(port: int, process: asyncio.subprocess.Process) -> None:
    deadline = asyncio.get_running_loop().time() + _READY_SECONDS
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError as exc:
            if process.returncode is not None or asyncio.get_running_loop().time() > deadline:
                raise LoadError("A server did not start; see the lines above.") from exc
            await asyncio.sleep(_POLL_SECONDS)
            continue
        writer.close()
        return


def free_port() -> int:
    """Return a port of loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])

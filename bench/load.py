"""wrk: one round of load, and what came of it."""

import asyncio
import shutil
from pathlib import Path
from typing import Final

import msgspec

_SCRIPT: Final = Path(__file__).with_name("poll.lua")
_MARK: Final = "RESULT "


class LoadError(Exception):
    """The load could not be made, or was not answered as it should be."""


class _Result(msgspec.Struct, frozen=True):
    requests: int
    duration_us: int
    bytes: int
    p50_us: int
    p99_us: int
    errors: int


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """How one round went; latencies as wrk sees them, from the request to its whole answer."""

    requests_per_second: float
    p50_ms: float
    p99_ms: float


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for.

    Attributes:
        connections: Kept alive, each with one request at a time.
        accounts: How many are walked.
        prefix: Their names without the three digits at the end.
        body_bytes: Length of each answer's body; less means that something else was answered.
    """

    connections: int
    accounts: int
    prefix: str
    body_bytes: int = 0

    async def run(self, port: int, seconds: int) -> Round:
        """Load the server on a port of loopback for so long.

        Raises:
            LoadError: wrk is missing or failed, or some answer was not the expected one.
        """
        if shutil.which("wrk") is None:
            raise LoadError(
                "The benchmark needs wrk: install it (Debian, Ubuntu: apt install wrk)."
            )
        process = await asyncio.create_subprocess_exec(
            *("wrk", "--threads", "1", "--connections", str(self.connections)),
            *("--duration", f"{seconds}s", "--latency", "--script", str(_SCRIPT)),
            *(f"http://127.0.0.1:{port}", "--", str(self.accounts), self.prefix),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await process.communicate()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
        text = output.decode()
        lines = [line for line in text.splitlines() if line.startswith(_MARK)]
        if process.returncode != 0 or not lines:
            raise LoadError(f"wrk ended with code {process.returncode}:\n{text}")
        result = msgspec.json.decode(lines[0].removeprefix(_MARK), type=_Result)
        if result.bytes < result.requests * self.body_bytes:
            raise LoadError("The answers are shorter than that of the first account.")
        return _round(result)


def _round(result: _Result) -> Round:
    if result.errors or not result.requests:
        raise LoadError(f"{result.errors} of {result.requests} requests failed.")
    return Round(
        requests_per_second=round(result.requests / result.duration_us * 1e6, 1),
        p50_ms=round(result.p50_us / 1000, 3),
        p99_ms=round(result.p99_us / 1000, 3),
    )

"""wrk: one round of load, and what came of it."""

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

_SCRIPT: Final = Path(__file__).with_name("poll.lua")
_MARK: Final = "RESULT "
_HEAD_BYTES: Final = 1_000  # more than any head of ours


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
    """How one round went; latencies from the request to its whole answer, None if not known."""

    requests_per_second: float
    p50_ms: float | None
    p99_ms: float | None


class Target(msgspec.Struct, frozen=True):
    """What one request asks for.

    Attributes:
        etag: Sent as If-None-Match.
    """

    path: str
    etag: str = ""


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for.

    Attributes:
        connections: Kept alive, each with one request at a time.
        targets: Asked for in turn.
        headers: Of every request.
        body_bytes: Length of each answer's body; 0: there is none. Another length in the mean says
            that something else was answered, say 200 instead of 304.
    """

    connections: int
    targets: Sequence[Target]
    headers: dict[str, str]
    body_bytes: int

    async def run(self, port: int, seconds: int) -> Round:
        """Load the server on a port of loopback for so long.

        Raises:
            LoadError: wrk is missing or failed, or some answer was not the expected one.
        """
        if shutil.which("wrk") is None:
            raise LoadError(
                "The benchmark needs wrk: install it (Debian, Ubuntu: apt install wrk)."
            )
        with tempfile.NamedTemporaryFile("w", prefix="bridge-bench-") as file:
            file.writelines(f"{target.path}\t{target.etag}\n" for target in self.targets)
            file.flush()
            text = await self._output(port, seconds, file.name)
        lines = [line for line in text.splitlines() if line.startswith(_MARK)]
        if not lines:
            raise LoadError(f"wrk said:\n{text}")
        result = msgspec.json.decode(lines[0].removeprefix(_MARK), type=_Result)
        return _round(result, self.body_bytes)

    async def _output(self, port: int, seconds: int, targets: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *("wrk", "--threads", "1", "--connections", str(self.connections)),
            *("--duration", f"{seconds}s", "--latency", "--script", str(_SCRIPT)),
            *(f"http://127.0.0.1:{port}", "--", targets),
            *(f"{name}: {value}" for name, value in self.headers.items()),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await process.communicate()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
        if process.returncode:
            raise LoadError(f"wrk ended with code {process.returncode}:\n{output.decode()}")
        return output.decode()


def _round(result: _Result, body_bytes: int) -> Round:
    if result.errors or not result.requests:
        raise LoadError(f"{result.errors} of {result.requests} requests failed.")
    mean = result.bytes / result.requests
    if not body_bytes <= mean < body_bytes + _HEAD_BYTES:
        raise LoadError(f"The answers have {mean:,.0f} bytes; their bodies {body_bytes:,}.")
    return Round(
        requests_per_second=round(result.requests / result.duration_us * 1e6, 1),
        p50_ms=round(result.p50_us / 1000, 3),
        p99_ms=round(result.p99_us / 1000, 3),
    )

"""A steady load beside everything else, and what it measured in each phase of a run."""

import asyncio
import statistics
import sys
import tempfile
from bisect import bisect_left
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec
from bench.load import LoadError
from bench.steady import Sample

_STOP_SECONDS: Final = 15.0
_FEWEST: Final = 100  # of fewer, the 99th percentile says nothing


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """How the requests of some time went, from when they were due to their whole answer."""

    requests: int
    p50_ms: float
    p99_ms: float


class Pulse:
    """The requests of a run by when they were due; complete only after the load has ended."""

    def __init__(self) -> None:
        self._due_at: list[float] = []
        self._took_ms: list[float] = []

    def complete(self, sample: Sample) -> None:
        """Take over what was measured.

        Raises:
            LoadError: Some request failed.
        """
        if sample.failures:
            raise LoadError(f"Of {len(sample.due_at)} requests some failed: {sample.failures}")
        pairs = sorted(zip(sample.due_at, sample.took_ms, strict=True))
        self._due_at = [due_at for due_at, _ in pairs]
        self._took_ms = [took_ms for _, took_ms in pairs]

    def between(self, spans: Sequence[tuple[float, float]]) -> Latency:
        """Return how the requests went that were due in any of these spans of time.

        Raises:
            LoadError: They are too few.
        """
        took: list[float] = []
        for begin, end in spans:
            took += self._took_ms[bisect_left(self._due_at, begin) : bisect_left(self._due_at, end)]
        if len(took) < _FEWEST:
            raise LoadError(f"Only {len(took)} requests were sent in a phase.")
        cuts = statistics.quantiles(took, n=100, method="inclusive")
        return Latency(requests=len(took), p50_ms=round(cuts[49], 3), p99_ms=round(cuts[98], 3))


@asynccontextmanager
async def pulse(
    port: int, per_second: int, paths: Sequence[str], headers: Mapping[str, str] | None = None
) -> AsyncGenerator[Pulse]:
    """Load a server of loopback while the block runs; the pulse is complete after it.

    Raises:
        LoadError: The load broke, or some request failed.
    """
    with tempfile.TemporaryDirectory(prefix="bridge-bench-") as folder:
        file = Path(folder, "sample.json")
        lines = [f"{name}: {value}" for name, value in (headers or {}).items()]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.steady", file, str(port), str(per_second)),
            *paths,
            *lines,
            stdin=asyncio.subprocess.PIPE,
        )
        measured = Pulse()
        try:
            yield measured
            async with asyncio.timeout(_STOP_SECONDS):
                await process.communicate(b"")
        except BaseException:
            if process.returncode is None:
                process.kill()
            await process.wait()
            raise
        if process.returncode:
            raise LoadError(f"The load ended with code {process.returncode}.")
        measured.complete(_sample(file))


def _sample(file: Path) -> Sample:
    return msgspec.json.decode(file.read_bytes(), type=Sample)

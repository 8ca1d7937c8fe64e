"""Whether two thousand slow clients make the others wait.

A steady load runs all the while; in every other phase the slow ones are there too. They come and go
between the phases, so that the load of their coming does not count, only that of their being there.
"""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final, NamedTuple

import click
import msgspec
from bench.cores import shared_out
from bench.handles import raise_limit
from bench.load import LoadError
from bench.page import Machine, core_count, machine_facts, machine_sentence, markdown_table, write
from bench.pulse import Latency, Pulse, pulse
from bench.scratch import scratch_database, server_version
from bench.servers import served
from bench.slowpokes import Held
from bench.spread import Spread, ratio
from bench.visitors import GUARDED, HEADERS, path, seed, session
from rich.console import Console

TARGET: Final = 1.5
_PER_SECOND: Final = 500
_ACCOUNTS: Final = 10
_WARM_UP_SECONDS: Final = 3.0
_SETTLE_SECONDS: Final = 2.0
_CALM_SECONDS: Final = 0.02
_CALM_ANSWERS: Final = 50
_CALM_WITHIN_SECONDS: Final = 30.0
_COMING_SECONDS: Final = 120.0

Span = tuple[float, float]


class _Phases(NamedTuple):
    """When they were there and when not, and what became of them."""

    quiet: list[Span]
    slow: list[Span]
    held: list[Held]


class SlowReport(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run.

    Attributes:
        clients: Slow ones.
        held: What became of them, in the last phase.
        ratio: The 99th percentile of the others with them by that without them, round by round.
    """

    command: str
    cores: str
    machine: Machine
    wanted_clients: int
    clients: int
    per_second: int
    seconds: float
    quiet: Latency
    slow: Latency
    ratio: Spread
    held: Held


@click.command("slow")
@click.option("--clients", type=click.IntRange(3, 20_000), default=2_000, help="Slow ones.")
@click.option("--rounds", type=click.IntRange(1, 99), default=5, help="Without and with them.")
@click.option("--seconds", type=click.FloatRange(1, 60), default=6, help="Of one phase.")
@click.option("--write/--no-write", "is_written", default=True, help="Write docs/performance.")
def slow(clients: int, rounds: int, seconds: float, *, is_written: bool) -> None:
    """Measure reads beside clients that never end a head or a body, or never read."""
    console = Console()
    try:
        report = asyncio.run(measure(clients, rounds, seconds))
    except LoadError as error:
        sys.exit(str(error))
    console.print(_markdown(report), markup=False, highlight=False)
    for file in write("slow", report, _markdown(report)) if is_written else ():
        console.print(f"written: {file}", soft_wrap=True, highlight=False)


async def measure(clients: int, rounds: int, seconds: float) -> SlowReport:
    """Load a server steadily, and let the slow ones come and go.

    Raises:
        LoadError: A server failed, or a request of the others did.
    """
    count = raise_limit(clients)
    cores_before = core_count()
    async with AsyncExitStack() as stack:
        cores = stack.enter_context(shared_out())
        url = await stack.enter_async_context(scratch_database())
        environment = {"DATABASE_URL": url, **GUARDED}
        server = await stack.enter_async_context(
            served("-m", "bridge", "serve", environment=environment, prefix=cores.prefix)
        )
        await seed(server.port, accounts=_ACCOUNTS)
        measured, phases = await _phases(server.port, count, rounds, seconds)
        with_them = [measured.between([span]).p99_ms for span in phases.slow]
        without = [measured.between([span]).p99_ms for span in phases.quiet]
        return SlowReport(
            command=(
                f"make bench ARGS='slow --clients {clients} --rounds {rounds}"
                f" --seconds {seconds:g}'"
            ),
            cores=cores.use,
            machine=machine_facts(await server_version(url), cores=cores_before),
            wanted_clients=clients,
            clients=count,
            per_second=_PER_SECOND,
            seconds=seconds,
            quiet=measured.between(phases.quiet),
            slow=measured.between(phases.slow),
            ratio=ratio(with_them, without),
            held=phases.held[-1],
        )


async def _phases(port: int, count: int, rounds: int, seconds: float) -> tuple[Pulse, _Phases]:
    phases = _Phases([], [], [])
    paths = [path(number) for number in range(1, _ACCOUNTS + 1)]
    async with pulse(port, _PER_SECOND, paths, HEADERS) as measured:
        await asyncio.sleep(_WARM_UP_SECONDS)
        for _ in range(rounds):
            phases.quiet.append(await _span(seconds))
            async with _slowpokes(port, count, phases.held):
                await _until_calm(port)
                phases.slow.append(await _span(seconds))
            await asyncio.sleep(_SETTLE_SECONDS)
    return measured, phases


async def _until_calm(port: int) -> None:
    """Wait until what the slow ones asked for is answered, or as long as that may take."""
    deadline, calm = time.monotonic() + _CALM_WITHIN_SECONDS, 0
    async with session(port) as caller:
        while calm < _CALM_ANSWERS and time.monotonic() < deadline:
            asked_at = time.monotonic()
            async with caller.get(path(1)) as response:
                await response.read()
            calm = calm + 1 if time.monotonic() - asked_at < _CALM_SECONDS else 0
            await asyncio.sleep(_CALM_SECONDS)


async def _span(seconds: float) -> Span:
    begin = time.monotonic()
    await asyncio.sleep(seconds)
    return begin, time.monotonic()


@asynccontextmanager
async def _slowpokes(port: int, count: int, held: list[Held]) -> AsyncGenerator[None]:
    """Have the slow clients there while the block runs; what became of them is added to ``held``.

    Raises:
        LoadError: They could not all connect.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.slowpokes", str(port), str(count), path(1)),
        *(f"{name}: {value}" for name, value in HEADERS.items()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_COMING_SECONDS):
            if process.stdout is None or not await process.stdout.readline():
                raise LoadError("The slow clients ended; see the lines above.")
            yield
            output, _ = await process.communicate(b"")
        held.append(msgspec.json.decode(output, type=Held))
    except TimeoutError as exc:
        raise LoadError(f"{count} slow clients could not all be held.") from exc
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _markdown(report: SlowReport) -> str:
    def row(name: str, found: Latency) -> tuple[str, ...]:
        return name, f"{found.p50_ms:.2f}", f"{found.p99_ms:.2f}", f"{found.requests:,}"

    rows = [
        ("", "p50 ms", "p99 ms", "requests"),
        row("without them", report.quiet),
        row(f"beside {report.clients:,} slow clients", report.slow),
    ]
    kinds = ", ".join(f"{name} {n:,}" for name, n in sorted(report.held.open.items()))
    drops = ", ".join(f"{name} {n:,}" for name, n in sorted(report.held.dropped.items()) if n)
    few = f" The system allows only {report.clients:,} clients."
    found = report.ratio
    return (
        f"`{report.command}`, {report.per_second} requests/s whatever becomes of the earlier ones,"
        f" phases of {report.seconds:g} s:\n\n{markdown_table(rows)}\n\n"
        f"Ratio of the 99th percentiles, in the median round: **{found.median:.2f}**"
        f" ({found.least:.2f} to {found.most:.2f}, target {TARGET}). Held at the end: {kinds};"
        f" dropped by the server in the last phase: {drops or 'none'}."
        f" {machine_sentence(report.machine, report.cores)}"
        f"{few if report.clients < report.wanted_clients else ''}"
    )

"""Whether reads stay fast while the Hummingbot API is broken, in every way it can be."""

import asyncio
import sys
import time
from contextlib import AsyncExitStack
from typing import Final

import aiohttp
import click
import msgspec
from bench.fleet import Fleet, launch
from bench.load import LoadError
from bench.page import Machine, machine_facts, machine_sentence, markdown_table, write
from bench.pulse import Latency, Pulse, pulse
from bench.scratch import scratch_database, server_version
from bench.servers import served
from bench.upstream import Simulator, simulator
from rich.console import Console

FLEET: Final = Fleet(accounts=10, bots_per_account=5, prefix="client_faults_")
# In one of them nothing goes wrong: what it differs from the quiet phases is noise.
NOTHING: Final = "(none)"
# Looks that take long are made less often, also for a while after: so `slow` is the last one.
FAULTS: Final = (
    *(NOTHING, "down", "api_restart", "reset", "half_body", "html", "ten_mb", "full_logs"),
    *("broker_dead", "frozen", "docker_dead", "docker_hung", "hang", "slow"),
)
# Those that look the same from here, or are of calls that only a start makes; not in a usual run.
MORE_FAULTS: Final = (
    *("lost_answer", "bad_gateway", "plain_500", "database_dead", "exchange_dead"),
    *("exchange_slow", "late_deploy", "late_answer", "dies_at_boot", "slow_boot"),
)
TARGET: Final = 1.2
_PER_SECOND: Final = 500
_WARM_UP_SECONDS: Final = 5.0
_SETTLE_SECONDS: Final = 1.0
_AFTER_SLOW_SECONDS: Final = 15.0
_QUIET_SHARE: Final = 0.5

Span = tuple[float, float]


class FaultFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Reads during one fault.

    Attributes:
        looks: Status calls that reached the upstream meanwhile.
        said: What /health said of the upstream at the end.
        ratio: Its 99th percentile by that of all quiet phases.
    """

    name: str
    latency: Latency
    looks: int
    said: str
    ratio: float


class FaultReport(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run."""

    command: str
    fleet: Fleet
    per_second: int
    rounds: int
    seconds_per_phase: float
    machine: Machine
    quiet: Latency
    faults: list[FaultFigures]


class _Phases:
    """When what was so; by name, quiet phases under None."""

    def __init__(self) -> None:
        self.spans: dict[str | None, list[Span]] = {}
        self.looks: dict[str, int] = {}
        self.said: dict[str, str] = {}

    def add(self, name: str | None, span: Span) -> None:
        self.spans.setdefault(name, []).append(span)


@click.command("faults")
@click.option("--rounds", type=click.IntRange(1, 99), default=2, help="Of all faults.")
@click.option("--seconds", type=click.FloatRange(1, 60), default=4, help="Of one fault.")
@click.option(
    *("--only", "names"),
    multiple=True,
    type=click.Choice((*FAULTS, *MORE_FAULTS)),
    help="Some faults; writes nothing.",
)
@click.option("--write/--no-write", "is_written", default=True, help="Write docs/performance.")
def faults(rounds: int, seconds: float, names: tuple[str, ...], *, is_written: bool) -> None:
    """Measure reads during each fault of the upstream against the quiet phases between them."""
    console = Console()
    chosen = names or FAULTS
    try:
        report = asyncio.run(measure(rounds, seconds, chosen, console))
    except LoadError as error:
        sys.exit(str(error))
    for row in _cells(report):
        console.print(*(f"{cell:>12}" for cell in row), highlight=False)
    if is_written and not names:
        for path in write("faults", report, _markdown(report)):
            console.print(f"written: {path}", soft_wrap=True, highlight=False)


async def measure(
    rounds: int, seconds: float, names: tuple[str, ...], console: Console
) -> FaultReport:
    """Start everything, go through the faults, stop everything.

    Raises:
        LoadError: A server broke, a bot did not run, or a read failed.
    """
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(scratch_database())
        upstream = await stack.enter_async_context(simulator())
        await launch(FLEET, url, upstream, console.print)
        environment = {"DATABASE_URL": url, **upstream.environment(1)}
        server = await stack.enter_async_context(
            served("-m", "bridge", "serve", environment=environment)
        )
        paths = [f"/bots?account={name}" for name in FLEET.names()]
        async with pulse(server.port, _PER_SECOND, paths) as measured:
            await asyncio.sleep(_WARM_UP_SECONDS)
            phases = await _go_through(upstream, server.port, rounds, seconds, names)
        return _report(
            f"make bench ARGS='faults --rounds {rounds} --seconds {seconds:g}'",
            measured,
            phases,
            machine_facts(await server_version(url)),
            (rounds, seconds),
        )


async def _go_through(
    upstream: Simulator, port: int, rounds: int, seconds: float, names: tuple[str, ...]
) -> _Phases:
    phases = _Phases()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        for number in range(rounds):
            if number:
                await asyncio.sleep(_AFTER_SLOW_SECONDS)
            for name in names:
                await _phase(phases, None, seconds * _QUIET_SHARE)
                if name != NOTHING:
                    await upstream.order(name, 10 * seconds)
                before = await upstream.looks()
                await _phase(phases, name, seconds)
                phases.looks[name] = phases.looks.get(name, 0) + await upstream.looks() - before
                phases.said[name] = await _health(session)
                if name != NOTHING:
                    await upstream.order(name, 0)
                await asyncio.sleep(_SETTLE_SECONDS)
    return phases


async def _phase(phases: _Phases, name: str | None, seconds: float) -> None:
    begin = time.monotonic()
    await asyncio.sleep(seconds)
    phases.add(name, (begin, time.monotonic()))


async def _health(session: aiohttp.ClientSession) -> str:
    async with session.get("/health") as response:
        health = msgspec.json.decode(await response.read(), type=dict[str, object])
    return str(health.get("hummingbot_detail") or health["hummingbot"])


def _report(
    command: str, measured: Pulse, phases: _Phases, machine: Machine, shape: tuple[int, float]
) -> FaultReport:
    quiet = measured.between(phases.spans[None])
    found: list[FaultFigures] = []
    for name, looks in phases.looks.items():
        latency = measured.between(phases.spans[name])
        found.append(
            FaultFigures(
                name=name,
                latency=latency,
                looks=looks,
                said=phases.said[name],
                ratio=round(latency.p99_ms / quiet.p99_ms, 3),
            )
        )
    return FaultReport(
        command=command,
        fleet=FLEET,
        per_second=_PER_SECOND,
        rounds=shape[0],
        seconds_per_phase=shape[1],
        machine=machine,
        quiet=quiet,
        faults=found,
    )


def _markdown(report: FaultReport) -> str:
    missed = [each.name for each in report.faults if each.ratio > TARGET]
    verdict = f"More than {TARGET} times that of the quiet phases: {', '.join(missed) or 'none'}."
    return (
        f"`{report.command}`, {report.fleet.size} bots of {report.fleet.accounts} accounts,"
        f" {report.per_second} requests/s whatever becomes of the earlier ones, one worker,"
        f" {report.rounds} rounds of {report.seconds_per_phase:g} s of each fault, a quiet phase"
        f" before each:\n\n"
        + markdown_table(_cells(report))
        + f"\n\n{verdict} {machine_sentence(report.machine)}"
    )


def _cells(report: FaultReport) -> list[tuple[str, ...]]:
    quiet = report.quiet
    return [
        ("fault", "p50 ms", "p99 ms", "p99 by quiet", "looks", "requests"),
        (
            "quiet",
            f"{quiet.p50_ms:.2f}",
            f"{quiet.p99_ms:.2f}",
            "1",
            "",
            f"{quiet.requests:,}",
        ),
        *(
            (
                each.name,
                f"{each.latency.p50_ms:.2f}",
                f"{each.latency.p99_ms:.2f}",
                f"{each.ratio:.2f}",
                str(each.looks),
                f"{each.latency.requests:,}",
            )
            for each in report.faults
        ),
    ]

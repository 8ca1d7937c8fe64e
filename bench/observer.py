"""What watching 500 bots costs whose figures change at every look, with full logs."""

import asyncio
import sys
import time
from contextlib import AsyncExitStack
from typing import Final

import asyncpg
import click
import msgspec
from bench.fleet import Fleet, launch
from bench.load import LoadError
from bench.look import LookFigures, Looks
from bench.page import Machine, machine_facts, machine_sentence, markdown_table, write
from bench.scratch import scratch_database, server_version
from bench.servers import served
from bench.upstream import Simulator, simulator
from bench.usage import children, usage
from rich.console import Console

from bridge.db.dsn import parse_database_url

FLEET: Final = Fleet(accounts=50, bots_per_account=10, prefix="client_observer_")
_WARM_UP_SECONDS: Final = 20.0
_IDLE_SECONDS: Final = 5.0
_FULL_LOGS_SECONDS: Final = 3600.0
_SHOWN_COSTS: Final = 12

_WRITES: Final = """
SELECT coalesce(sum(n_tup_upd), 0)::int4
FROM pg_stat_user_tables
WHERE relname = 'bots'
"""
_PACE: Final = "SELECT pace_seconds FROM heartbeats WHERE name = 'lifecycle'"


class ServerFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The serving process at its own pace; nobody reads meanwhile.

    Attributes:
        cpu_share: Of one core.
        idle_cpu_share: The same of a server that does not look.
        pace_seconds: Between two looks, as it came to be.
        looks: Status calls that reached the upstream.
        writes_per_bot_in_10_s: Rows of bots that were written, by bot.
    """

    seconds: float
    cpu_share: float
    idle_cpu_share: float
    rss_mb: float
    peak_rss_mb: float
    idle_rss_mb: float
    pace_seconds: float
    looks: int
    writes_per_bot_in_10_s: float


class ObserverReport(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run."""

    command: str
    fleet: Fleet
    machine: Machine
    server: ServerFigures
    looks: Looks


class _Idle(msgspec.Struct, frozen=True):
    cpu_share: float
    rss_mb: float


@click.command("observer")
@click.option("--seconds", type=click.IntRange(10, 600), default=60, help="Of the server's pace.")
@click.option("--looks", type=click.IntRange(2, 99), default=8, help="Without pauses, of a kind.")
@click.option("--write/--no-write", "is_written", default=True, help="Write docs/performance.")
def observer(seconds: int, looks: int, *, is_written: bool) -> None:
    """Measure what looking at 500 bots with full logs costs (Linux only)."""
    console = Console()
    try:
        report = asyncio.run(measure(seconds, looks, console))
    except LoadError as error:
        sys.exit(str(error))
    console.print(_markdown(report), markup=False, highlight=False)
    for path in write("observer", report, _markdown(report)) if is_written else ():
        console.print(f"written: {path}", soft_wrap=True, highlight=False)


async def measure(seconds: int, looks: int, console: Console) -> ObserverReport:
    """Start everything, watch, stop everything.

    Raises:
        LoadError: A server broke, or a bot did not run.
    """
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(scratch_database())
        upstream = await stack.enter_async_context(simulator())
        await launch(FLEET, url, upstream, console.print)
        await upstream.order("full_logs", _FULL_LOGS_SECONDS)
        return ObserverReport(
            command=f"make bench ARGS='observer --seconds {seconds} --looks {looks}'",
            fleet=FLEET,
            machine=machine_facts(await server_version(url)),
            server=await _server(url, upstream, seconds),
            looks=await _looks(url, upstream, looks),
        )


async def _server(url: str, upstream: Simulator, seconds: int) -> ServerFigures:
    idle = await _idle(url)
    environment = {"DATABASE_URL": url, **upstream.environment(1)}
    async with served("-m", "bridge", "serve", environment=environment) as server:
        await asyncio.sleep(_WARM_UP_SECONDS)
        worker = children(server.pid)[0]
        looks, written = await upstream.looks(), await _value(url, _WRITES)
        began, before = time.monotonic(), usage(worker)
        await asyncio.sleep(seconds)
        took, after = time.monotonic() - began, usage(worker)
        looks, written = await upstream.looks() - looks, await _value(url, _WRITES) - written
        return ServerFigures(
            seconds=round(took, 1),
            cpu_share=round((after.cpu_seconds - before.cpu_seconds) / took, 4),
            idle_cpu_share=idle.cpu_share,
            rss_mb=_megabytes(after.rss_bytes),
            peak_rss_mb=_megabytes(after.peak_rss_bytes),
            idle_rss_mb=idle.rss_mb,
            pace_seconds=round(await _value(url, _PACE), 2),
            looks=looks,
            writes_per_bot_in_10_s=round(written / FLEET.size / took * 10, 3),
        )


async def _idle(url: str) -> _Idle:
    environment = {"DATABASE_URL": url, "BRIDGE_RECONCILER": "off"}
    async with served("-m", "bridge", "serve", environment=environment) as server:
        await asyncio.sleep(_IDLE_SECONDS)
        worker = children(server.pid)[0]
        before = usage(worker)
        await asyncio.sleep(_IDLE_SECONDS)
        after = usage(worker)
    share = (after.cpu_seconds - before.cpu_seconds) / _IDLE_SECONDS
    return _Idle(round(share, 4), _megabytes(after.rss_bytes))


async def _looks(url: str, upstream: Simulator, count: int) -> Looks:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.look", url, upstream.url, str(count)),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise LoadError("The looks broke; see the lines above.")
    return msgspec.json.decode(output, type=Looks)


async def _value(url: str, query: str) -> float:
    connection = await asyncpg.connect(**parse_database_url(url).connect_arguments())
    try:
        return float(await connection.fetchval(query))
    finally:
        await connection.close()


def _megabytes(count: int) -> float:
    return round(count / 1e6, 1)


def _markdown(report: ObserverReport) -> str:
    server, looks = report.server, report.looks
    reads = ", ".join(f"{name} {n:g}" for name, n in looks.moving.statements.items())
    costs = [
        ("function", "calls", "own ms", "with callees ms"),
        *(
            (f"`{cost.name}`", f"{cost.calls:,.0f}", f"{cost.own_ms:.1f}", f"{cost.total_ms:.1f}")
            for cost in looks.costs[:_SHOWN_COSTS]
        ),
    ]
    return (
        f"`{report.command}`, {report.fleet.size} bots of {report.fleet.accounts} accounts with"
        f" 100 + 100 log lines each.\n\nAt its own pace, one look in {server.pace_seconds:g} s"
        f" ({server.looks} in {server.seconds:g} s), the serving process takes"
        f" **{server.cpu_share:.1%}** of one core ({server.idle_cpu_share:.1%} when it does not"
        f" look) and {server.rss_mb:.0f} MB, {server.peak_rss_mb:.0f} MB at most"
        f" ({server.idle_rss_mb:.0f} MB when it does not look); it writes each bot"
        f" {server.writes_per_bot_in_10_s:.2f} times in 10 s. Looks without pauses, by the"
        f" median:\n\n"
        + markdown_table(_look_cells(looks))
        + f"\n\nStatements of a look that writes figures: {reads}. CPU time of such a look under"
        " the profiler, the most expensive functions:\n\n"
        + markdown_table(costs)
        + f"\n\n{machine_sentence(report.machine)}"
    )


def _look_cells(looks: Looks) -> list[tuple[str, ...]]:
    def row(name: str, found: LookFigures) -> tuple[str, ...]:
        return (
            name,
            f"{found.look_ms:.0f}",
            f"{found.upstream_ms:.0f}",
            f"{found.busy_ms:.0f}",
            f"{found.block_ms:.0f}",
            f"{sum(found.statements.values()):.0f}",
        )

    return [
        ("", "ms", "of which upstream", "own CPU", "longest stretch", "statements"),
        row("figures not due", looks.still),
        row("figures written", looks.moving),
    ]

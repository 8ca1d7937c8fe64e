"""Whether polls stay as fast on a database with a million bots as on one with a thousand.

Two servers, each on a database of its own, are polled for the same accounts in turn. Then every
account of the large one is asked for once or more: what is kept of them must stay within bounds.
"""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Final

import asyncpg
import click
import msgspec
from bench.arena import CONNECTIONS
from bench.contenders import polled
from bench.cores import shared_out
from bench.crowd import fill
from bench.load import Load, LoadError, Target
from bench.page import Machine, core_count, machine_facts, machine_sentence, markdown_table, write
from bench.rounds import interleaved
from bench.scratch import scratch_database, server_version
from bench.servers import Served, served
from bench.spread import Spread, ratio, spread
from bench.usage import children, usage
from bench.visitors import GUARDED, HEADERS, session
from rich.console import Console

from bridge.db.dsn import parse_database_url

TARGET: Final = 0.9
_POLLED: Final = 200  # accounts
_BOTS_EACH: Final = 5


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """One account asked for after the other; the memory is the worker's.

    Attributes:
        accounts: How many that reached.
    """

    requests_per_second: float
    accounts: int
    before_mb: float
    after_mb: float
    most_mb: float


class FullReport(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run.

    Attributes:
        ratio: Requests per second on the large database by those on the small one.
        walk: All accounts of the large one, after that.
    """

    command: str
    cores: str
    machine: Machine
    accounts: int
    bots: int
    seconds_per_round: int
    rounds: int
    small: Spread
    large: Spread
    ratio: Spread
    walk: Walk


@click.command("full")
@click.option("--accounts", type=click.IntRange(200, 1_000_000), default=200_000, help="Of 5 bots.")
@click.option("--rounds", type=click.IntRange(1, 99), default=5, help="Of both databases.")
@click.option("--seconds", type=click.IntRange(1, 60), default=3, help="Of one round.")
@click.option("--walk", type=click.IntRange(1, 600), default=60, help="Seconds among all accounts.")
@click.option("--write/--no-write", "is_written", default=True, help="Write docs/performance.")
def full(accounts: int, rounds: int, seconds: int, walk: int, *, is_written: bool) -> None:
    """Measure polls on a database with a million bots against one with a thousand (Linux only)."""
    console = Console()
    try:
        report = asyncio.run(measure(accounts, rounds, (seconds, walk), console))
    except LoadError as error:
        sys.exit(str(error))
    console.print(_markdown(report), markup=False, highlight=False)
    for file in write("full", report, _markdown(report)) if is_written else ():
        console.print(f"written: {file}", soft_wrap=True, highlight=False)


async def measure(
    accounts: int, rounds: int, seconds: tuple[int, int], console: Console
) -> FullReport:
    """Fill both databases, poll them in turn, and walk the large one.

    Raises:
        LoadError: A server failed.
    """
    cores_before = core_count()
    async with AsyncExitStack() as stack:
        cores = stack.enter_context(shared_out())
        small = await stack.enter_async_context(scratch_database())
        large = await stack.enter_async_context(scratch_database(small))
        await _fill(small, _POLLED)
        console.print(f"filling a database with {accounts * _BOTS_EACH:,} bots", highlight=False)
        await _fill(large, accounts)
        servers: list[Served] = []
        for url in (small, large):
            environment = {"DATABASE_URL": url, **GUARDED}
            serving = served("-m", "bridge", "serve", environment=environment, prefix=cores.prefix)
            servers.append(await stack.enter_async_context(serving))
        rates = await _rates(servers, rounds, seconds[0], console)
        walk = await _walk(servers[1], accounts, seconds[1])
        return FullReport(
            command=(
                f"make bench ARGS='full --accounts {accounts} --rounds {rounds}"
                f" --seconds {seconds[0]} --walk {seconds[1]}'"
            ),
            cores=cores.use,
            machine=machine_facts(await server_version(large), cores=cores_before),
            accounts=accounts,
            bots=accounts * _BOTS_EACH,
            seconds_per_round=seconds[0],
            rounds=rounds,
            small=spread(rates["small"], 1),
            large=spread(rates["large"], 1),
            ratio=ratio(rates["large"], rates["small"]),
            walk=walk,
        )


async def _rates(
    servers: Sequence[Served], rounds: int, seconds: int, console: Console
) -> dict[str, list[float]]:
    """Poll the same accounts of both, in turn."""
    load = await _load(servers[0].port, _POLLED)
    pair = [
        polled(name, name, "bridge", load, server.port)
        for name, server in zip(("small", "large"), servers, strict=True)
    ]
    found = await interleaved(
        pair, rounds, seconds, lambda text: console.print(text, highlight=False)
    )
    return {name: [each.requests_per_second for each in made] for name, made in found.items()}


async def _walk(server: Served, accounts: int, seconds: int) -> Walk:
    """Ask for every account in turn, and see how much of them is kept."""
    worker = children(server.pid)[0]
    everybody = await _load(server.port, accounts)
    before = usage(worker).rss_bytes
    made = await everybody.run(server.port, seconds)
    after = usage(worker)
    return Walk(
        requests_per_second=made.requests_per_second,
        accounts=min(accounts, round(made.requests_per_second * seconds)),
        before_mb=_mb(before),
        after_mb=_mb(after.rss_bytes),
        most_mb=_mb(after.peak_rss_bytes),
    )


async def _fill(url: str, accounts: int) -> None:
    connection = await asyncpg.connect(**parse_database_url(url).connect_arguments())
    try:
        await fill(connection, accounts, accounts * _BOTS_EACH)
    finally:
        await connection.close()


async def _load(port: int, accounts: int) -> Load:
    """Return polls of the first accounts in turn; names and answers differ in length."""
    paths = [f"/bots?account=client_{number}" for number in range(1, accounts + 1)]
    async with session(port) as caller, caller.get(paths[0]) as response:
        body = await response.read()
    if len(msgspec.json.decode(body)["bots"]) != _BOTS_EACH:
        raise LoadError(f"The server does not list {_BOTS_EACH} bots: {body[:200]!r}")
    return Load(
        connections=CONNECTIONS,
        targets=[Target(each) for each in paths],
        headers=HEADERS,
        body_bytes=len(body),
    )


def _mb(count: int) -> float:
    return round(count / 1e6, 1)


def _markdown(report: FullReport) -> str:
    def row(name: str, found: Spread) -> tuple[str, ...]:
        return name, f"{found.median:,.0f}", f"{found.least:,.0f}", f"{found.most:,.0f}"

    rows = [
        ("", "requests/s", "least", "most"),
        row(f"{_POLLED * _BOTS_EACH:,} bots in {_POLLED} accounts", report.small),
        row(f"{report.bots:,} bots in {report.accounts:,} accounts", report.large),
    ]
    found, walk = report.ratio, report.walk
    return (
        f"`{report.command}`, the same {_POLLED} accounts polled, medians of {report.rounds}"
        f" interleaved rounds of {report.seconds_per_round} s:\n\n{markdown_table(rows)}\n\n"
        f"Ratio in the median round: **{found.median:.3f}** ({found.least:.3f} to"
        f" {found.most:.3f}, target {TARGET}). Then {walk.accounts:,} accounts were asked for one"
        f" after the other, {walk.requests_per_second:,.0f} a second: the worker grew from"
        f" {walk.before_mb:.0f} to {walk.after_mb:.0f} MB, {walk.most_mb:.0f} MB at most."
        f" {machine_sentence(report.machine, report.cores)}"
    )

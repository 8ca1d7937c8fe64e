"""How fast accounts are polled: by the bridge, by services in other stacks, and at best.

All run on the same machine, on the same rows, with the same key and origin to check, one core for
each server; their rounds are interleaved, so the ratios say more than the figures.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Final

import click
from bench.arena import CONNECTIONS, arena
from bench.cores import shared_out
from bench.load import LoadError
from bench.page import core_count, draw, machine_facts, write
from bench.report import PollReport, chart, entries, markdown, ratios, table
from bench.rounds import interleaved
from bench.scratch import scratch_database, server_version
from bench.visitors import ACCOUNTS, BOTS
from rich.console import Console

DATABASE_VARIABLE: Final = "BRIDGE_BENCH_DATABASE_URL"


@click.command("poll")
@click.option("--rounds", type=click.IntRange(1, 99), default=7, help="Of all contenders.")
@click.option("--seconds", type=click.IntRange(1, 60), default=3, help="Of one round of one.")
@click.option(
    *("--only", "names"), multiple=True, metavar="NAME", help="Some contenders; writes nothing."
)
@click.option(
    *("--apart/--together", "is_apart"),
    default=True,
    help="One core for each server, or all for everybody; this writes nothing.",
)
@click.option("--write/--no-write", "is_written", default=True, help="Write docs/performance.")
def poll(
    rounds: int, seconds: int, names: tuple[str, ...], *, is_apart: bool, is_written: bool
) -> None:
    """Measure polling; BRIDGE_BENCH_DATABASE_URL names a server where databases may be made."""
    console = Console()
    try:
        report = asyncio.run(measure((rounds, seconds), names, console, is_apart=is_apart))
    except LoadError as error:
        sys.exit(str(error))
    console.print(table(report))
    for each in report.ratios:
        console.print(f"{each.label}: {each.found.median:g}", highlight=False)
    for label, why in report.missing.items():
        console.print(f"not measured: {label}: {why}", highlight=False)
    if is_written and is_apart and not names:
        paths = [*write("poll", report, markdown(report)), draw("poll", chart(report))]
        for path in paths:
            console.print(f"written: {path}", soft_wrap=True, highlight=False)


async def measure(
    shape: tuple[int, int], names: Sequence[str], console: Console, *, is_apart: bool
) -> PollReport:
    """Start everything, make the rounds, stop everything.

    Raises:
        LoadError: A server or wrk failed, or a peer says something else than the bridge.
    """
    rounds, seconds = shape
    cores_before = core_count()
    async with AsyncExitStack() as stack:
        cores = stack.enter_context(shared_out(is_apart=is_apart))
        server_url = os.environ.get(DATABASE_VARIABLE, "").strip()
        url = await stack.enter_async_context(scratch_database(server_url))
        made = await stack.enter_async_context(arena(url, cores))
        chosen = [each for each in made.contenders if not names or each.name in names]
        if not chosen:
            known = ", ".join(each.name for each in made.contenders)
            raise LoadError(f"No contender is called {' or '.join(names)}; there are: {known}.")
        found = await interleaved(
            chosen, rounds, seconds, lambda text: console.print(text, highlight=False)
        )
        return PollReport(
            command=f"make bench ARGS='poll --rounds {rounds} --seconds {seconds}'",
            accounts=ACCOUNTS,
            bots_per_account=BOTS,
            connections=CONNECTIONS,
            seconds_per_round=seconds,
            body_bytes=made.body_bytes,
            cores=cores.use,
            machine=machine_facts(await server_version(url), cores=cores_before),
            entries=entries(chosen, found),
            ratios=ratios(found),
            missing=made.missing,
        )

"""How long after a commit on one replica a reader of another one sees it.

Two servers on one database. The change is made by the one; the other is polled all the while. From
the moment when the writer has its answer to the one when a reader has it: the reader's own request,
and the pause before it, count too.
"""

import asyncio
import random
import sys
import time
from contextlib import AsyncExitStack
from typing import Final

import aiohttp
import click
import msgspec
from bench.cores import shared_out
from bench.deaf import deaf
from bench.load import LoadError
from bench.page import Machine, core_count, machine_facts, machine_sentence, markdown_table, write
from bench.scratch import scratch_database, server_version
from bench.servers import served
from bench.spread import percentile
from bench.visitors import GUARDED, path, seed, session
from rich.console import Console

_PAUSE_SECONDS: Final = 0.001  # between two polls
_PATIENCE_SECONDS: Final = 10.0
_LONGEST_REST_SECONDS: Final = 0.1
_LONGEST_REST_DEAF_SECONDS: Final = 1.0  # a whole period of the sweep
TARGETS: Final = "p50 5 ms and p99 25 ms; 1,100 ms at most with every notification lost"


class Delays(msgspec.Struct, frozen=True, kw_only=True):
    """From the writer's answer to the reader's; 0 where the reader's came first.

    Attributes:
        dropped: Notifications that were lost on purpose.
        from_sent_p99_ms: The same from when the change was sent, the write included.
    """

    changes: int
    dropped: int
    p50_ms: float
    p99_ms: float
    most_ms: float
    from_sent_p99_ms: float


class VisibleReport(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run."""

    command: str
    cores: str
    machine: Machine
    hinted: Delays
    deaf: Delays


@click.command("visible")
@click.option("--changes", type=click.IntRange(10, 10_000), default=500, help="With notifications.")
@click.option(
    *("--deaf-changes", "deaf_changes"),
    type=click.IntRange(10, 10_000),
    default=50,
    help="Without.",
)
@click.option("--write/--no-write", "is_written", default=True, help="Write docs/performance.")
def visible(changes: int, deaf_changes: int, *, is_written: bool) -> None:
    """Measure when a change made on one replica is seen on another."""
    console = Console()
    try:
        report = asyncio.run(measure(changes, deaf_changes))
    except LoadError as error:
        sys.exit(str(error))
    console.print(_markdown(report), markup=False, highlight=False)
    for file in write("visible", report, _markdown(report)) if is_written else ():
        console.print(f"written: {file}", soft_wrap=True, highlight=False)


async def measure(changes: int, deaf_changes: int) -> VisibleReport:
    """Start two servers, change and read, first with notifications and then without.

    Raises:
        LoadError: A server failed, or a change was not seen at all.
    """
    cores_before = core_count()
    async with AsyncExitStack() as stack:
        cores = stack.enter_context(shared_out())
        url = await stack.enter_async_context(scratch_database())
        way = await stack.enter_async_context(deaf(url))
        ports: list[int] = []
        for each in (url, url, way.url):
            environment = {"DATABASE_URL": each, **GUARDED}
            server = await stack.enter_async_context(
                served("-m", "bridge", "serve", environment=environment, prefix=cores.prefix)
            )
            ports.append(server.port)
        writer, hinted, unhinted = ports
        await seed(writer, accounts=1)
        found = await _delays(writer, hinted, changes, _LONGEST_REST_SECONDS)
        silent = await _delays(writer, unhinted, deaf_changes, _LONGEST_REST_DEAF_SECONDS)
        return VisibleReport(
            command=(
                f"make bench ARGS='visible --changes {changes} --deaf-changes {deaf_changes}'"
            ),
            cores=cores.use,
            machine=machine_facts(await server_version(url), cores=cores_before),
            hinted=found,
            deaf=msgspec.structs.replace(silent, dropped=way.dropped),
        )


async def _delays(writer: int, reader: int, changes: int, longest_rest: float) -> Delays:
    chance = random.Random(4)  # noqa: S311 - rests of any length, the same in every run
    from_sent: list[float] = []
    from_answer: list[float] = []
    async with session(writer) as writing, session(reader) as reading:
        bot_id = await _bot_id(writing)
        for number in range(changes):
            await asyncio.sleep(chance.uniform(0, longest_rest))
            name = f"Change {reader} {number}"
            seen = asyncio.create_task(_seen_at(reading, name.encode()))
            sent_at = time.monotonic()
            async with writing.put(f"/bots/{bot_id}", json={"name": name}) as response:
                await response.read()
            answered_at = time.monotonic()
            seen_at = await seen
            from_sent.append((seen_at - sent_at) * 1000)
            from_answer.append(max(0.0, seen_at - answered_at) * 1000)
    return Delays(
        changes=changes,
        dropped=0,
        p50_ms=round(percentile(from_answer, 50), 2),
        p99_ms=round(percentile(from_answer, 99), 2),
        most_ms=round(max(from_answer), 2),
        from_sent_p99_ms=round(percentile(from_sent, 99), 2),
    )


async def _bot_id(caller: aiohttp.ClientSession) -> str:
    async with caller.get(path(1)) as response:
        return str(msgspec.json.decode(await response.read())["bots"][0]["id"])


async def _seen_at(caller: aiohttp.ClientSession, name: bytes) -> float:
    """Return when an answer had the name in it."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        async with caller.get(path(1)) as response:
            if name in await response.read():
                return time.monotonic()
        await asyncio.sleep(_PAUSE_SECONDS)
    raise LoadError(f"A change was not seen on the other replica in {_PATIENCE_SECONDS:g} s.")


def _markdown(report: VisibleReport) -> str:
    def row(name: str, found: Delays) -> tuple[str, ...]:
        figures = (found.p50_ms, found.p99_ms, found.most_ms, found.from_sent_p99_ms)
        return (name, f"{found.changes}", *(f"{ms:.1f}" for ms in figures))

    rows = [
        ("", "changes", "p50 ms", "p99 ms", "most ms", "p99 ms from when it was sent"),
        row("notifications arrive", report.hinted),
        row(f"every notification is lost ({report.deaf.dropped})", report.deaf),
    ]
    return (
        f"`{report.command}`, two replicas on one database, targets {TARGETS}:\n\n"
        f"{markdown_table(rows)}\n\n{machine_sentence(report.machine, report.cores)}"
    )

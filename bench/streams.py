"""Ten thousand readers of one account's stream: what each costs, and when the last one knows.

The same readers are given to a bare ASGI application on the same server, which keeps the streams
open and sends the same bytes: what it needs, the server needs.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Final, NamedTuple

import click
import msgspec
from bench.cores import shared_out
from bench.handles import raise_limit
from bench.load import LoadError
from bench.page import Machine, core_count, machine_facts, machine_sentence, markdown_table, write
from bench.reading import Reading, Shown, reading
from bench.scratch import scratch_database, server_version
from bench.servers import served
from bench.spread import percentile
from bench.usage import children, usage
from bench.visitors import GUARDED, HEADERS, account_name, path, sample, seed, session
from rich.console import Console

_SETTLE_SECONDS: Final = 3.0
_REST_SECONDS: Final = 0.5
_BURST: Final = 20
_TARGETS: Final = "the last reader within 500 ms, and 2 KiB a reader more than the bare application"

Change = Callable[[str], Awaitable[None]]


class _Amount(NamedTuple):
    readers: int
    changes: int


class StreamFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One server with its readers.

    Attributes:
        rss_per_reader: Bytes by which its worker grew for each idle reader.
        median_ms: From the writer's answer until half of the readers know; the median change.
        last_p50_ms: The same until the last reader knows.
        last_p99_ms: The same, of all changes but one in a hundred.
        missed: Readers that did not see the last of a burst of changes, or lost their stream.
    """

    readers: int
    changes: int
    rss_per_reader: int
    median_ms: float
    last_p50_ms: float
    last_p99_ms: float
    missed: int


class StreamReport(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run.

    Attributes:
        bridge: None when it has no streams.
        problem: What it answered instead.
    """

    command: str
    cores: str
    machine: Machine
    wanted_readers: int
    bare: StreamFigures
    bridge: StreamFigures | None
    problem: str


@click.command("streams")
@click.option("--readers", type=click.IntRange(10, 60_000), default=10_000, help="Of one stream.")
@click.option("--changes", type=click.IntRange(2, 1_000), default=100, help="One after the other.")
@click.option("--write/--no-write", "is_written", default=True, help="Write docs/performance.")
def streams(readers: int, changes: int, *, is_written: bool) -> None:
    """Measure what readers of a stream cost, and how soon all know of a change (Linux only)."""
    console = Console()
    try:
        report = asyncio.run(measure(readers, changes))
    except LoadError as error:
        sys.exit(str(error))
    console.print(_markdown(report), markup=False, highlight=False)
    for file in write("streams", report, _markdown(report)) if is_written else ():
        console.print(f"written: {file}", soft_wrap=True, highlight=False)


async def measure(wanted: int, changes: int) -> StreamReport:
    """Give both servers their readers, one server after the other.

    Raises:
        LoadError: A server failed.
    """
    amount = _Amount(raise_limit(wanted), changes)
    cores_before = core_count()
    async with AsyncExitStack() as stack:
        cores = stack.enter_context(shared_out())
        url = await stack.enter_async_context(scratch_database())
        problem, bridge = "", None
        try:
            bridge, body = await _bridge(url, cores.prefix, amount)
        except LoadError as exc:
            problem, body = str(exc), b'{"bots":[' + b"0" * 4_000
        return StreamReport(
            command=f"make bench ARGS='streams --readers {wanted} --changes {changes}'",
            cores=cores.use,
            machine=machine_facts(await server_version(url), cores=cores_before),
            wanted_readers=wanted,
            bare=await _bare(body, cores.prefix, amount),
            bridge=bridge,
            problem=problem,
        )


async def _bridge(
    url: str, prefix: tuple[str, ...], amount: _Amount
) -> tuple[StreamFigures, bytes]:
    environment = {"DATABASE_URL": url, **GUARDED}
    async with served("-m", "bridge", "serve", environment=environment, prefix=prefix) as server:
        await seed(server.port, accounts=1)
        answer = await sample(server.port)
        bot_id = msgspec.json.decode(answer.body)["bots"][0]["id"]
        async with session(server.port) as caller:

            async def change(name: str) -> None:
                async with caller.put(f"/bots/{bot_id}", json={"name": name}) as response:
                    await response.read()

            stream = f"/bots/stream?account={account_name(1)}"
            worker = children(server.pid)[0]
            return await _figures(server.port, worker, stream, change, amount), answer.body


async def _bare(body: bytes, prefix: tuple[str, ...], amount: _Amount) -> StreamFigures:
    async with (
        served("-m", "bench.bare_stream", environment={}, prefix=prefix) as server,
        session(server.port) as caller,
    ):

        async def change(name: str) -> None:
            event = b"event: bots\nid: 1\ndata: " + body[: -len(name)] + name.encode() + b"\n\n"
            async with caller.post("/", data=event) as response:
                await response.read()

        await change("nothing yet")
        worker = children(server.pid)[0]
        return await _figures(server.port, worker, path(1), change, amount)


async def _figures(
    port: int, worker: int, stream: str, change: Change, amount: _Amount
) -> StreamFigures:
    count, changes = amount
    lines = [f"GET {stream} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    lines += [f"{name}: {value}" for name, value in HEADERS.items()]
    async with reading(port, 1, lines):  # what only the first reader costs
        await change("Change first")
    before = usage(worker).rss_bytes
    async with reading(port, count, lines) as readers:
        await asyncio.sleep(_SETTLE_SECONDS)
        grown = usage(worker).rss_bytes - before
        shown = [await _one(readers, change, f"Change {n:06}") for n in range(changes)]
        missed = await _burst(readers, change, count)
    return StreamFigures(
        readers=count,
        changes=changes,
        rss_per_reader=grown // count,
        median_ms=round(percentile([each.median_ms for each in shown], 50), 1),
        last_p50_ms=round(percentile([each.last_ms for each in shown], 50), 1),
        last_p99_ms=round(percentile([each.last_ms for each in shown], 99), 1),
        missed=max(missed, *(count - each.seen for each in shown)),
    )


async def _one(readers: Reading, change: Change, name: str) -> Shown:
    await asyncio.sleep(_REST_SECONDS)
    await readers.expect(name)
    await change(name)
    return await readers.reached(time.monotonic())


async def _burst(readers: Reading, change: Change, count: int) -> int:
    """Make many changes without a rest; return how many readers have not seen the last one."""
    await readers.expect("Change final")
    for number in range(_BURST):
        await change(f"Change burst {number}")
    await change("Change final")
    return count - (await readers.reached(time.monotonic())).seen


def _markdown(report: StreamReport) -> str:
    def row(name: str, found: StreamFigures) -> tuple[str, ...]:
        return (
            name,
            f"{found.rss_per_reader / 1024:.1f}",
            f"{found.median_ms:,.0f}",
            f"{found.last_p50_ms:,.0f}",
            f"{found.last_p99_ms:,.0f}",
            f"{found.missed}",
        )

    heads = (
        "",
        "KiB a reader",
        "half know, ms",
        "last, ms",
        "last, p99 ms",
        "missed the last state",
    )
    rows = [heads, row("bare ASGI application", report.bare)]
    if report.bridge is not None:
        rows.insert(1, row("Trading Bridge", report.bridge))
    notes = f" Trading Bridge: not measured ({report.problem})" if report.problem else ""
    if report.bare.readers < report.wanted_readers:
        notes += f" The system allows only {report.bare.readers:,} readers."
    return (
        f"`{report.command}`, {report.bare.readers:,} readers of one stream, one worker,"
        f" {report.bare.changes} changes, targets {_TARGETS}:\n\n"
        f"{markdown_table(rows)}\n\n{machine_sentence(report.machine, report.cores)}{notes}"
    )

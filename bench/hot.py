"""Where the time of a hot poll goes: which calls it makes, and which part of the server it spends.

The same is asked of the bare application, so that what the server takes for itself can be told from
what is ours.
"""

import asyncio
import sys
from contextlib import AsyncExitStack
from typing import Final

import click
import msgspec
from bench import sampled
from bench.arena import CONNECTIONS
from bench.bare import Answer
from bench.calls import Calls
from bench.contenders import bare
from bench.cores import shared_out
from bench.load import Load, LoadError, Target
from bench.page import Machine, core_count, machine_facts, machine_sentence, markdown_table, write
from bench.scratch import scratch_database, server_version
from bench.servers import Served, foreign_variables, served
from bench.usage import children, usage
from bench.visitors import ACCOUNTS, GUARDED, HEADERS, path, sample, seed
from rich.console import Console

TARGET: Final = 40
_SHOWN: Final = 15
_EDGE_SECONDS: Final = 1.0  # at either end of the load, not sampled


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """One server under load.

    Attributes:
        cpu_us: CPU time of the worker by poll, all its threads.
        parts: Shares of it; empty without perf.
    """

    label: str
    requests_per_second: float
    cpu_us: float
    parts: dict[str, float]


class HotReport(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run.

    Attributes:
        calls: Of one poll, in process.
        problem: Why perf could not be asked.
    """

    command: str
    cores: str
    machine: Machine
    calls: list[Calls]
    spent: list[Spent]
    problem: str


@click.command("hot")
@click.option("--seconds", type=click.IntRange(4, 60), default=8, help="Of each server.")
@click.option("--write/--no-write", "is_written", default=True, help="Write docs/performance.")
def hot(seconds: int, *, is_written: bool) -> None:
    """Say where the time of a hot poll goes (Linux only; by library where there is perf)."""
    console = Console()
    try:
        report = asyncio.run(measure(seconds))
    except LoadError as error:
        sys.exit(str(error))
    console.print(_markdown(report), markup=False, highlight=False)
    for file in write("hot", report, _markdown(report)) if is_written else ():
        console.print(f"written: {file}", soft_wrap=True, highlight=False)


async def measure(seconds: int) -> HotReport:
    """Profile one poll in process, then load each server.

    Raises:
        LoadError: A server failed.
    """
    cores_before = core_count()
    async with AsyncExitStack() as stack:
        cores = stack.enter_context(shared_out())
        url = await stack.enter_async_context(scratch_database())
        environment = {"DATABASE_URL": url, **GUARDED}
        server = await stack.enter_async_context(
            served("-m", "bridge", "serve", environment=environment, prefix=cores.prefix)
        )
        await seed(server.port)
        answer = await sample(server.port)
        tag = answer.header("etag")
        calls = [await _calls(environment, "")]
        calls += [await _calls(environment, tag)] if tag else []
        problem = "" if sampled.is_there() else "there is no perf to say which part takes it"
        spent: list[Spent] = []
        for kind, load in await _loads(server.port, answer):
            found = await sample(server.port, etag=tag if load.body_bytes == 0 else "")
            other = await stack.enter_async_context(bare(found, cores.prefix))
            spent.append(await _spent(f"Trading Bridge{kind}", server, load, seconds))
            spent.append(await _spent(f"bare ASGI application{kind}", other, load, seconds))
        return HotReport(
            command=f"make bench ARGS='hot --seconds {seconds}'",
            cores=cores.use,
            machine=machine_facts(await server_version(url), cores=cores_before),
            calls=calls,
            spent=spent,
            problem=problem,
        )


async def _calls(environment: dict[str, str], tag: str) -> Calls:
    headers = {**HEADERS, **({"If-None-Match": tag} if tag else {})}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.calls", path(1)),
        *(f"{name}: {value}" for name, value in headers.items()),
        env={**foreign_variables(), **environment},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise LoadError("The profile broke; see the lines above.")
    return msgspec.json.decode(output, type=Calls)


async def _loads(port: int, answer: Answer) -> list[tuple[str, Load]]:
    numbers = range(1, ACCOUNTS + 1)
    targets = [Target(path(number)) for number in numbers]
    found = [("", _load(targets, len(answer.body)))]
    if answer.header("etag"):
        tags = [(await sample(port, number)).header("etag") for number in numbers]
        tagged = [Target(path(number), tag) for number, tag in zip(numbers, tags, strict=True)]
        found.append((", 304", _load(tagged, 0)))
    return found


def _load(targets: list[Target], body_bytes: int) -> Load:
    return Load(connections=CONNECTIONS, targets=targets, headers=HEADERS, body_bytes=body_bytes)


async def _spent(label: str, server: Served, load: Load, seconds: int) -> Spent:
    """Load a server, and look at its worker meanwhile."""
    worker = children(server.pid)[0]
    await load.run(server.port, 1)
    before = usage(worker).cpu_seconds
    loading = asyncio.create_task(load.run(server.port, seconds))
    await asyncio.sleep(_EDGE_SECONDS)
    parts = (
        await sampled.parts_of(worker, seconds - 2 * _EDGE_SECONDS) if sampled.is_there() else {}
    )
    made = await loading
    cpu_seconds = usage(worker).cpu_seconds - before
    polls = made.requests_per_second * seconds
    return Spent(
        label=label,
        requests_per_second=made.requests_per_second,
        cpu_us=round(cpu_seconds / polls * 1e6, 2),
        parts=parts,
    )


def _markdown(report: HotReport) -> str:
    texts = [f"`{report.command}`, {CONNECTIONS} connections, {ACCOUNTS} accounts."]
    for calls in report.calls:
        rows = [
            ("function", "calls", "own us, profiled"),
            *((f"`{f.name}`", f"{f.calls:g}", f"{f.own_us:.1f}") for f in calls.functions[:_SHOWN]),
        ]
        texts.append(
            f"A poll answered {calls.status} makes **{calls.total:g}** function calls,"
            f" {calls.python:g} of them of Python functions (target {TARGET}); the most expensive:"
        )
        texts.append(markdown_table(rows))
    names = sorted(
        {name for each in report.spent for name in each.parts},
        key=lambda name: -max(each.parts.get(name, 0) * each.cpu_us for each in report.spent),
    )
    rows = [
        ("CPU time of the worker by poll, us", *(each.label for each in report.spent)),
        *(
            (name, *(f"{each.parts.get(name, 0) * each.cpu_us:.1f}" for each in report.spent))
            for name in names
        ),
        ("all", *(f"{each.cpu_us:.1f}" for each in report.spent)),
    ]
    texts.append(markdown_table(rows))
    problem = f" {report.problem.capitalize()}." if report.problem else ""
    texts.append(machine_sentence(report.machine, report.cores) + problem)
    return "\n\n".join(texts)

"""The leader's looks without pauses between them, in a process of its own.

Leads on a database whose bots run on a simulated upstream, looks so many times, three times over:
as the figures are not due, as they are due at every look, and under a profiler. Prints `Looks` as
JSON.
"""

import asyncio
import cProfile
import pstats
import statistics
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Final, TypeVar, cast

import asyncpg
import msgspec
import uvloop
from bench.upstream import PASSWORD

from bridge import logs
from bridge.audit.changes import ChangeLog
from bridge.db.dsn import parse_database_url
from bridge.db.failures import Connection
from bridge.db.outages import Limits
from bridge.db.pool import Database
from bridge.hummingbot.calls import HummingbotCalls
from bridge.hummingbot.client import HummingbotClient, make_session
from bridge.hummingbot.protocol.messages import Reply, Request
from bridge.lifecycle.facts import Times
from bridge.lifecycle.leader import Leader, Lease, Report
from bridge.lifecycle.observer import Observer
from bridge.lifecycle.pace import Pace, Pauses
from bridge.lifecycle.store import Store
from bridge.vault.secret import Secret

T = TypeVar("T")

_LEASE_SECONDS: Final = 30.0
_TICK_SECONDS: Final = 0.001
_NEVER: Final = 1e9
_KEPT_COSTS: Final = 60
_SOURCES: Final = ("src/", "site-packages/", "lib/")


class Cost(msgspec.Struct, frozen=True):
    """What one function takes of a look, under the profiler.

    Attributes:
        own_ms: Without what it calls.
    """

    name: str
    calls: float
    own_ms: float
    total_ms: float


class LookFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Looks of one kind; times are medians.

    Attributes:
        upstream_ms: From the sending of the status call to its whole answer.
        busy_ms: CPU time of this process.
        block_ms: The longest stretch in which nothing else of this process could run.
        statements: Of each look, by name; those that write are the figures'.
    """

    look_ms: float
    upstream_ms: float
    busy_ms: float
    block_ms: float
    statements: dict[str, float]


class Looks(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    still: LookFigures
    moving: LookFigures
    costs: list[Cost]


class _CountedDatabase(Database):
    """Counts statements by the name in their first line."""

    counts: Counter[str]

    def note(self, query: str) -> None:
        self.counts[query.partition(":")[0].removeprefix("-- ")] += 1

    async def fetch(self, query: str, /, *args: object) -> list[asyncpg.Record]:
        self.note(query)
        return await super().fetch(query, *args)

    async def fetchrow(self, query: str, /, *args: object) -> asyncpg.Record | None:
        self.note(query)
        return await super().fetchrow(query, *args)

    async def execute(self, query: str, /, *args: object) -> str:
        self.note(query)
        return await super().execute(query, *args)

    async def write(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        self.counts["begin and commit"] += 2

        async def counted(connection: Connection) -> T:
            return await work(cast("Connection", _CountedConnection(self, connection)))

        return await super().write(counted)


class _CountedConnection:
    """The part of a connection that statements use."""

    def __init__(self, database: _CountedDatabase, connection: Connection) -> None:
        self._database = database
        self._connection = connection

    async def fetch(self, query: str, /, *args: object) -> list[asyncpg.Record]:
        self._database.note(query)
        return await self._connection.fetch(query, *args)

    async def fetchrow(self, query: str, /, *args: object) -> asyncpg.Record | None:
        self._database.note(query)
        return await self._connection.fetchrow(query, *args)

    async def fetchval(self, query: str, /, *args: object) -> object:
        self._database.note(query)
        return await self._connection.fetchval(query, *args)

    async def execute(self, query: str, /, *args: object) -> str:
        self._database.note(query)
        return await self._connection.execute(query, *args)


class _Watch(HummingbotCalls):
    """Notes when looks begin, and how long the upstream takes."""

    def __init__(self, client: HummingbotClient) -> None:
        self._client = client
        self.begins: list[float] = []
        self.upstream_ms: list[float] = []
        self._begun = asyncio.Condition()

    async def send(self, request: Request) -> Reply:
        if request.call != "read_statuses":
            return await self._client.send(request)
        async with self._begun:
            began = time.perf_counter()
            self.begins.append(began)
            self._begun.notify_all()
        reply = await self._client.send(request)
        self.upstream_ms.append((time.perf_counter() - began) * 1000)
        return reply

    async def until(self, looks: int) -> None:
        """Return when so many looks have begun after the next one."""
        wanted = len(self.begins) + 1 + looks
        async with self._begun:
            await self._begun.wait_for(lambda: len(self.begins) >= wanted)


class _Bench:
    def __init__(self, database: _CountedDatabase, watch: _Watch, report: Report) -> None:
        self._database = database
        self._watch = watch
        self._report = report

    async def looks(self, lease: Lease, count: int, figures_seconds: float) -> LookFigures:
        """Look so many times, after a first one that is not counted."""
        task = self._start(lease, figures_seconds)
        await self._watch.until(1)
        self._database.counts, self._watch.upstream_ms = Counter(), []
        begun, busy = len(self._watch.begins), time.process_time()
        ticker = asyncio.create_task(_longest_gap())
        await self._watch.until(count - 1)
        busy_ms = (time.process_time() - busy) * 1000 / count
        begins = self._watch.begins[begun - 1 :]
        statements = {name: n / count for name, n in self._database.counts.items()}
        ticker.cancel()
        task.cancel()
        await asyncio.wait([task])
        return LookFigures(
            look_ms=_median_ms([b - a for a, b in pairwise(begins)]),
            upstream_ms=round(statistics.median(self._watch.upstream_ms), 1),
            busy_ms=round(busy_ms, 1),
            block_ms=round(await ticker * 1000, 1),
            statements={name: round(n, 1) for name, n in statements.items()},
        )

    async def costs(self, lease: Lease, count: int) -> list[Cost]:
        """Return the functions that take most of a look."""
        task = self._start(lease, figures_seconds=0.0)
        await self._watch.until(1)
        profile = cProfile.Profile(time.thread_time)  # what others run is not counted
        profile.enable()
        await self._watch.until(count - 1)
        profile.disable()
        task.cancel()
        await asyncio.wait([task])
        return _costs(profile, count)

    def _start(self, lease: Lease, figures_seconds: float) -> "asyncio.Task[None]":
        pauses = Pauses(look_least=0.0, look_most=0.0, figures=figures_seconds)
        store = Store(ChangeLog(), Times(), 1.0)
        observer = Observer(self._database, self._watch, store, self._report, Pace(1.0, pauses))
        return asyncio.create_task(observer.run(lease))


async def _longest_gap() -> float:
    """Return, once cancelled, the longest time for which this task was not let run, in seconds."""
    longest = 0.0
    with suppress(asyncio.CancelledError):
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(0)
            longest = max(longest, time.perf_counter() - asked)
            await asyncio.sleep(_TICK_SECONDS)
    return longest


def _median_ms(seconds: list[float]) -> float:
    return round(statistics.median(seconds) * 1000, 1)


def _costs(profile: cProfile.Profile, count: int) -> list[Cost]:
    rows = cast(
        "dict[tuple[str, int, str], tuple[int, int, float, float, object]]",
        pstats.Stats(profile).stats,  # type: ignore[attr-defined]
    )
    costs = [
        Cost(
            name=_function(*place),
            calls=round(calls / count, 1),
            own_ms=round(own * 1000 / count, 1),
            total_ms=round(total * 1000 / count, 1),
        )
        for place, (_, calls, own, total, _) in rows.items()
    ]
    return sorted(costs, key=lambda cost: cost.own_ms, reverse=True)[:_KEPT_COSTS]


def _function(file: str, _line: int, name: str) -> str:
    for root in _SOURCES:
        _, found, rest = file.rpartition(root)
        if found:
            return f"{rest}: {name}"
    return name if file == "~" else f"{Path(file).name}: {name}"


async def measure(database_url: str, upstream_url: str, count: int) -> Looks:
    """Lead, and look."""
    database = _CountedDatabase(parse_database_url(database_url), Limits())
    database.counts = Counter()
    await database.open()
    found: list[Looks] = []
    done = asyncio.Event()
    async with make_session() as session:
        client = HummingbotClient(session, upstream_url, "admin", Secret(PASSWORD))
        report = Report()
        bench = _Bench(database, _Watch(client), report)

        async def work(lease: Lease) -> None:
            still = await bench.looks(lease, count, _NEVER)
            moving = await bench.looks(lease, count, 0.0)
            costs = await bench.costs(lease, count)
            found.append(Looks(still=still, moving=moving, costs=costs))
            done.set()

        leading = asyncio.create_task(Leader(database, report, _LEASE_SECONDS).run(work))
        ended = asyncio.create_task(done.wait())
        await asyncio.wait([leading, ended], return_when=asyncio.FIRST_COMPLETED)
        for task in (leading, ended):
            task.cancel()
        await asyncio.wait([leading, ended])
    await database.close()
    return found[0]


def main() -> None:
    """Look as the command line says: database, upstream, how often."""
    logs.configure("error")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        looks = runner.run(measure(sys.argv[1], sys.argv[2], int(sys.argv[3])))
    sys.stdout.buffer.write(msgspec.json.encode(looks))


if __name__ == "__main__":
    main()

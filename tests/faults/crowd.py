"""Many bots whose figures change at every look, many readers, and what that costs."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Final

import asyncpg
import msgspec
from tests.faults.fleet import Fleet

STATUS: Final = "/bot-orchestration/status"
_READERS: Final = 8
_START_SECONDS: Final = 600
# Every write of figures, as PostgreSQL saw it.
_NOTE_WRITES: Final = """
CREATE TABLE figure_writes (bot_id uuid NOT NULL, written_at timestamptz NOT NULL);
CREATE FUNCTION note_figures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO figure_writes VALUES (new.id, clock_timestamp());
    RETURN NULL;
END $$;
CREATE TRIGGER note_figures AFTER UPDATE ON bots FOR EACH ROW
WHEN (old.performance IS DISTINCT FROM new.performance) EXECUTE FUNCTION note_figures();
"""
_WRITES: Final = "SELECT bot_id, written_at FROM figure_writes ORDER BY bot_id, written_at"
_LEADER: Final = "SELECT holder FROM leases"


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What a while of looking cost.

    Attributes:
        looks: Status calls that arrived upstream.
        reads: Lists that readers were given meanwhile.
        writes: Figures written, all bots together.
        shortest_pause: Between two writes of figures of one bot, in seconds.
        cpu: Share of one core that the leader used.
        memory_mib: Of the leader.
    """

    bots: int
    seconds: float
    looks: int
    reads: int
    writes: int
    shortest_pause: float
    cpu: float
    memory_mib: float


async def gather_crowd(fleet: Fleet, size: int) -> None:
    """Make that many bots of one account, start them all, and wait until they run."""
    account = await fleet.make_client()
    for _ in range(size):
        bot = await fleet.make_bot(account)
        await fleet.start(bot["id"])

    async def are_running() -> bool:
        summary = (await fleet.ask("GET", "/bots/health/summary")).json
        return summary.get("healthy") == size

    await fleet.until(are_running, _START_SECONDS, fleet.logs)


async def measure(fleet: Fleet, database_url: str, seconds: float) -> Cost:
    """Let readers read for so long, and count."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(_NOTE_WRITES)
        async with _reading(fleet) as reads:
            leader = int(str(await connection.fetchval(_LEADER)).rpartition(":")[2])
            looks, cpu, began = await _looks(fleet), _cpu_seconds(leader), time.monotonic()
            await asyncio.sleep(seconds)
            took = time.monotonic() - began
            looks, cpu = await _looks(fleet) - looks, _cpu_seconds(leader) - cpu
        rows = await connection.fetch(_WRITES)
        bots = await connection.fetchval("SELECT count(*) FROM bots")
    finally:
        await connection.close()
    pauses = [
        (later["written_at"] - earlier["written_at"]).total_seconds()
        for earlier, later in pairwise(rows)
        if earlier["bot_id"] == later["bot_id"]
    ]
    return Cost(
        bots=int(str(bots)),
        seconds=took,
        looks=looks,
        reads=len(reads),
        writes=len(rows),
        shortest_pause=min(pauses, default=float("inf")),
        cpu=cpu / took,
        memory_mib=_memory_mib(leader),
    )


async def _looks(fleet: Fleet) -> int:
    return await fleet.door.count("GET", STATUS)


@asynccontextmanager
async def _reading(fleet: Fleet) -> AsyncGenerator[list[int]]:
    """Let readers list all bots at every node while the block runs; yields the answers' status."""
    statuses: list[int] = []

    async def read(number: int) -> None:
        node = fleet.nodes[number % len(fleet.nodes)]
        while True:
            answer = await fleet.ask_node(node, "GET", "/bots?limit=100")
            statuses.append(0 if answer is None else answer.status)
            await asyncio.sleep(0.1)

    tasks = [asyncio.create_task(read(number)) for number in range(_READERS)]
    try:
        yield statuses
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    assert set(statuses) == {200}


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

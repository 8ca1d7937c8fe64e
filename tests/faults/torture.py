"""``make torture``: the long form of the fault tests; prints what it counted, fails when it must.

A PostgreSQL of its own, three bridges, one simulated upstream: the leader is killed thousands of
times at the named steps of starts and stops, then hundreds of bots are watched.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tests.faults.crowd import Cost, gather_crowd, measure
from tests.faults.fleet import fleet, left_orders_open, not_ended, two_at_once
from tests.faults.kills import CONVERGED_SECONDS, STEPS
from tests.faults.storm import Storm

from bridge.db.dsn import parse_database_url
from bridge.db.migrate import migrate
from bridge.embedded.binaries import locate
from bridge.embedded.cluster import EmbeddedCluster, ensure_database

_REPLICAS: Final = 3
_REPORT_EVERY: Final = 100
_REACHED_SHARE: Final = 0.95
_CROWD_SPEED: Final = 10.0
_CROWD_SECONDS: Final = 20.0
_LOOK_SECONDS: Final = 1.0 / _CROWD_SPEED
_FIGURES_SECONDS: Final = 10.0 / _CROWD_SPEED


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def kill_leaders(url: str, folder: Path, *, kills: int, bots: int, seed: int) -> list[str]:
    """Kill so many leaders; return what is wrong."""
    async with fleet(url, folder, count=_REPLICAS) as running:
        storm = Storm(running, seed)
        dud_bot = await running.make_bot()
        began = time.monotonic()
        async with storm.blowing(bots) as made:
            while sum(storm.hits.values()) < kills:
                await storm.kill_once(dud_bot)
                done = sum(storm.hits.values())
                if done % _REPORT_EVERY == 0:
                    say(f"  {done} kills in {time.monotonic() - began:.0f} s")
        for bot in made:
            await running.stop(bot["id"])
            await running.until_state(bot["id"], "stopped")
        lives = await running.door.ledger()
        arrivals = running.traps.arrivals.counts()

    say("\nstep                       arrivals    kills   missed")
    for step in STEPS:
        say(f"{step:26} {arrivals[step]:8} {storm.hits[step]:8} {storm.misses[step]:8}")
    starts = [x for x in storm.orders if x.kind == "start" and not x.is_countermanded]
    stops = [order for order in storm.orders if order.kind == "stop"]
    reached = [order for order in starts if order.done_at is not None]
    unstopped = [order for order in stops if order.done_at is None]
    seconds = storm.convergences()
    late = [each for each in seconds if each > CONVERGED_SECONDS]
    twice, open_orders, alive = two_at_once(lives), left_orders_open(lives), not_ended(lives)
    traded = sum(1 for life in lives if life["traded"])
    say(f"\nkills                      {sum(storm.hits.values())}")
    say(f"lives, of which traded     {len(lives)}, {traded}")
    say(f"starts, of which reached   {len(starts)}, {len(reached)}")
    say(f"stops, not ended           {len(stops)}, {len(unstopped)}")
    say(f"two trading at once        {len(twice)}")
    say(f"orders left open           {len(open_orders)}")
    say(f"alive in the end           {len(alive)}")
    if seconds:
        say(
            f"converged after a kill     {len(seconds)} orders: median"
            f" {statistics.median(seconds):.2f} s, p99 {seconds[int(0.99 * len(seconds))]:.2f} s,"
            f" longest {seconds[-1]:.2f} s; {len(late)} later than {CONVERGED_SECONDS:.1f} s"
        )
    wrong = {
        "two instances of one bot traded at once": twice,
        "a stop did not end": unstopped,
        "orders were left open": open_orders,
        "something was alive in the end": alive,
        "starts did not reach running": len(reached) < _REACHED_SHARE * len(starts),
        "orders were carried out too late": len(late) > 0.01 * len(seconds),
        "a step was never killed at": kills > len(STEPS) and not all(map(storm.hits.get, STEPS)),
    }
    return [sentence for sentence, found in wrong.items() if found]


async def watch_crowd(url: str, folder: Path, bots: int) -> list[str]:
    """Watch so many bots with full logs; return what is wrong."""
    async with fleet(url, folder, speed=_CROWD_SPEED) as running:
        began = time.monotonic()
        await gather_crowd(running, bots)
        say(f"\n{bots} bots run after {time.monotonic() - began:.0f} s")
        await running.door.fault("full_logs")
        cost = await measure(running, url, _CROWD_SECONDS)
        _say_cost(cost)
    return _crowd_faults(cost)


def _say_cost(cost: Cost) -> None:
    say(
        f"full logs, {cost.seconds:.0f} s: {cost.looks} looks, {cost.reads} reads,"
        f" {cost.writes} writes of figures, {cost.shortest_pause:.2f} s between two of one bot"
        f" at least; leader: {cost.cpu:.0%} of a core, {cost.memory_mib:.0f} MiB"
    )


def _crowd_faults(cost: Cost) -> list[str]:
    wrong = {
        "the upstream was asked too often": cost.looks > cost.seconds / _LOOK_SECONDS + 1,
        "the upstream was not looked at": cost.looks == 0,
        "figures were written too often": cost.shortest_pause < 0.9 * _FIGURES_SECONDS,
        "figures were not written": cost.writes < cost.bots,
    }
    return [sentence for sentence, found in wrong.items() if found]


@asynccontextmanager
async def _database(folder: Path) -> AsyncGenerator[str]:
    given = os.environ.get("BRIDGE_PG_BIN", "").strip()
    binaries = locate(Path(given) if given else None)
    async with EmbeddedCluster(folder / "pg", binaries=binaries, durable=False) as cluster:
        await ensure_database(cluster)
        await migrate(parse_database_url(cluster.dsn()))
        yield cluster.dsn()


async def torture(kills: int, bots: int, crowd: int, seed: int) -> int:
    """Run all of it; return the exit code."""
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="bridge-torture-") as name:
        for part in ("kills", "crowd"):
            folder = Path(name) / part
            folder.mkdir()
            async with _database(folder) as url:
                if part == "kills" and kills:
                    say(f"{kills} kills, {bots} bots, {_REPLICAS} replicas, seed {seed}")
                    wrong += await kill_leaders(url, folder, kills=kills, bots=bots, seed=seed)
                elif part == "crowd" and crowd:
                    wrong += await watch_crowd(url, folder, crowd)
    say("\n" + ("\n".join(f"WRONG: {sentence}" for sentence in wrong) or "all as it should be"))
    return 1 if wrong else 0


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(prog="make torture")
    parser.add_argument("--kills", type=int, default=2_000)
    parser.add_argument("--bots", type=int, default=8, help="that start and stop meanwhile")
    parser.add_argument("--crowd", type=int, default=500, help="bots that are only watched")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(asyncio.run(torture(given.kills, given.bots, given.crowd, given.seed)))


if __name__ == "__main__":
    main()

"""``make isolation``: the long form of ``test_tenants``; prints its counts, fails when it must.

A PostgreSQL of its own, one server with two workers, twenty tenants, a million random operations.
"""

import argparse
import asyncio
import secrets
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from bench.scratch import scratch_database
from tests.e2e.processes import bridge
from tests.tenants.run import Run
from tests.tenants.tally import faults, report
from tests.tenants.world import ENVIRONMENT, World, lead_elsewhere

_REPORT_EVERY: Final = 20_000


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def isolation(operations: int, workers: int, seed: int, front: str) -> int:
    """Run all of it; return the exit code."""
    say(f"{operations} operations, {workers} workers, front {front}, seed {seed}")
    with tempfile.TemporaryDirectory(prefix="bridge-isolation-") as folder:
        async with scratch_database() as url:
            await lead_elsewhere(url)
            async with bridge(
                Path(folder),
                DATABASE_URL=url,
                BRIDGE_WORKERS=str(workers),
                BRIDGE_FRONT=front,
                **ENVIRONMENT,
            ) as server:
                world = World(url, server.url, seed)
                began = time.monotonic()
                async with world.made():
                    run = Run(world)
                    await run.operate(operations, say, _REPORT_EVERY)
    say(report(run.tally))
    say(f"seconds                    {time.monotonic() - began:.0f}")
    wrong = faults(run.tally)
    say("\n" + ("\n".join(f"WRONG: {sentence}" for sentence in wrong) or "all as it should be"))
    return 1 if wrong else 0


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(prog="make isolation")
    parser.add_argument("--operations", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=2, help="of the server")
    parser.add_argument("--front", choices=("on", "off"), default="on")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    given = parser.parse_args()
    sys.exit(asyncio.run(isolation(given.operations, given.workers, given.seed, given.front)))


if __name__ == "__main__":
    main()

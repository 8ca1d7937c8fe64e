"""``make explain Q=bots/find_by_id``: the plan of a statement on a database full of bots."""

import asyncio
import sys

import asyncpg
from bench.crowd import ACCOUNTS, BOTS, fill, generic_plan
from bench.scratch import scratch_database

from bridge.db.dsn import parse_database_url
from bridge.db.sql import load


async def explain(name: str) -> str:
    """Return the plan of ``sql/<name>.sql`` that holds for any parameters."""
    async with scratch_database() as url:
        connection = await asyncpg.connect(**parse_database_url(url).connect_arguments())
        try:
            await fill(connection)
            return await generic_plan(connection, load(name))
        finally:
            await connection.close()


def main() -> None:
    """Print the plan of the statement that the command line names."""
    name = sys.argv[1].removeprefix("sql/").removesuffix(".sql") if len(sys.argv) > 1 else ""
    try:
        load(name)
    except OSError:
        sys.exit(f"Name a file below sql/, as in 'make explain Q=bots/find_by_id'; got '{name}'.")
    plan = asyncio.run(explain(name))
    sys.stdout.write(f"{name} with {BOTS:,} bots in {ACCOUNTS:,} accounts:\n{plan}\n")


if __name__ == "__main__":
    main()

"""Writes sql/schema.sql: the schema that the migrations make, as PostgreSQL's own tool says it.

Reviewers read the file's diff; test_schema_snapshot.py holds it. ``make snapshot`` runs this with
the embedded PostgreSQL, the one version whose dump is compared: each prints a little differently.
"""

import asyncio
import re
import sys
import tempfile
from pathlib import Path
from typing import Final

from bridge.db.dsn import Dsn, parse_database_url
from bridge.db.migrate import migrate
from bridge.embedded.binaries import locate
from bridge.embedded.cluster import EmbeddedCluster, ensure_database

SNAPSHOT: Final = Path(__file__).parents[2] / "sql" / "schema.sql"
_HEADER: Final = "-- Made by 'make snapshot' from the migrations; read it, but change those.\n"
# What depends on the server and the hour, not on the schema.
_NOISE: Final = re.compile(r"--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(?:un)?restrict .*")


async def dump_schema(dsn: Dsn, pg_dump: Path) -> str:
    """Return the schema of a database, without comments, owners and session settings.

    Args:
        dsn: The database.
        pg_dump: Of the server's major version or a newer one.
    """
    process = await asyncio.create_subprocess_exec(
        pg_dump,
        *("--schema-only", "--no-owner", "--no-privileges", "--dbname", dsn.url),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        message = f"pg_dump ended with {process.returncode}"
        raise RuntimeError(message)
    lines = [line.rstrip() for line in output.decode().splitlines()]
    kept = "\n".join(line for line in lines if not _NOISE.fullmatch(line))
    return _HEADER + "\n" + re.sub(r"\n{3,}", "\n\n", kept).strip() + "\n"


async def write_snapshot() -> None:
    """Migrate an empty database and write what came of it."""
    binaries = locate()
    with tempfile.TemporaryDirectory(prefix="bridge-snapshot-") as folder:
        async with EmbeddedCluster(Path(folder), binaries=binaries, durable=False) as cluster:
            await ensure_database(cluster)
            dsn = parse_database_url(cluster.dsn())
            await migrate(dsn)
            SNAPSHOT.write_text(await dump_schema(dsn, binaries.bin_dir / "pg_dump"), "utf-8")
    sys.stdout.write(f"{SNAPSHOT.name} written, as PostgreSQL {binaries.version} dumps it.\n")


if __name__ == "__main__":
    asyncio.run(write_snapshot())

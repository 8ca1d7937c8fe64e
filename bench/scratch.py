"""A database to try things on: migrated, empty, and gone afterwards."""

import secrets
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from bridge.db.dsn import parse_database_url
from bridge.db.migrate import migrate
from bridge.embedded.binaries import locate
from bridge.embedded.cluster import EmbeddedCluster


@asynccontextmanager
async def scratch_database(server_url: str = "") -> AsyncGenerator[str]:
    """Yield the URL of a database that lasts as long as the block.

    Args:
        server_url: A server on which databases may be made; empty for one of our own.
    """
    async with AsyncExitStack() as stack:
        if not server_url:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bridge-bench-")))
            cluster = EmbeddedCluster(folder / "postgres", binaries=locate(), durable=False)
            await stack.enter_async_context(cluster)
            server_url = cluster.dsn("postgres")
        server = await asyncpg.connect(**parse_database_url(server_url).connect_arguments())
        stack.push_async_callback(server.close)
        name = f"bridge_bench_{secrets.token_hex(4)}"
        await server.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING UTF8")
        stack.push_async_callback(server.execute, f"DROP DATABASE {name} WITH (FORCE)")
        url = urlsplit(server_url)._replace(path=f"/{name}").geturl()
        await migrate(parse_database_url(url))
        yield url


async def server_version(url: str) -> str:
    """Return the version of the PostgreSQL that a database is in."""
    connection = await asyncpg.connect(**parse_database_url(url).connect_arguments())
    try:
        return str(await connection.fetchval("SHOW server_version")).split()[0]
    finally:
        await connection.close()


def libpq_variables(url: str) -> dict[str, str]:
    """Return the variables by which every program that knows PostgreSQL finds a database."""
    dsn = parse_database_url(url)
    host = dsn.hosts[0]
    return {
        "PGHOST": host.name,
        "PGPORT": str(host.port),
        "PGUSER": dsn.user,
        "PGDATABASE": dsn.database,
        **({} if dsn.password is None else {"PGPASSWORD": dsn.password}),
    }

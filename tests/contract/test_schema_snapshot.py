"""sql/schema.sql is what the migrations make."""

from typing import TYPE_CHECKING

import pytest
from tests.contract.schema_snapshot import SNAPSHOT, dump_schema

from bridge.db.dsn import parse_database_url
from bridge.embedded.binaries import locate

if TYPE_CHECKING:
    import asyncpg


async def test_snapshot_is_the_migrated_schema(
    connection: "asyncpg.Connection[asyncpg.Record]", database_url: str
) -> None:
    embedded = locate()
    running = connection.get_server_version().major
    if running != embedded.major:
        pytest.skip(f"pg_dump of {embedded.version} prints a server {running} differently")

    dump = await dump_schema(parse_database_url(database_url), embedded.bin_dir / "pg_dump")

    assert dump == SNAPSHOT.read_text("utf-8"), "run 'make snapshot' and read the diff"

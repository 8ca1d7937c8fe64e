"""A connection to a migrated database of the test's own."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from bridge.db.dsn import parse_database_url


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Connection to the test's own, migrated, empty database."""
    opened = await asyncpg.connect(**parse_database_url(database_url).connect_arguments())
    yield opened
    await opened.close()

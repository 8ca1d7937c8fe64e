"""The way to PostgreSQL on which notifications are lost, which the benchmark of them relies on."""

import asyncio

import asyncpg
from bench.deaf import deaf

from bridge.db.dsn import parse_database_url


async def test_every_notification_is_lost_and_nothing_else(database_url: str) -> None:
    arrived: list[str] = []

    def note(*what: object) -> None:
        arrived.append(str(what[-1]))

    async with deaf(database_url) as way:
        there = await asyncpg.connect(**parse_database_url(way.url).connect_arguments())
        here = await asyncpg.connect(**parse_database_url(database_url).connect_arguments())
        try:
            for connection in (there, here):
                await connection.add_listener("bench", note)
            await here.execute("NOTIFY bench, 'one'")
            await here.execute("NOTIFY bench, 'two'")
            # What was notified before this answer has come or never comes.
            rows = await there.fetch("SELECT n FROM generate_series(1, 10_000) AS n")
            await asyncio.sleep(0)
        finally:
            await there.close()
            await here.close()

    assert [row["n"] for row in rows] == list(range(1, 10_001))
    assert arrived == ["one", "two"]  # here; and not there
    assert way.dropped == 2

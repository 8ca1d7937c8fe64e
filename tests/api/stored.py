"""What the database holds, looked at past the application."""

from collections.abc import Mapping
from typing import Final

import asyncpg

_TABLES: Final = """
SELECT table_name FROM information_schema.tables
WHERE
    table_schema = current_schema()
    AND table_type = 'BASE TABLE'
    AND table_name <> 'alembic_version'
ORDER BY table_name
"""
_TEXT_COLUMNS: Final = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = current_schema() AND data_type = 'text'
"""


class Stored:
    """The tables of one database; whoever made it closes the connection."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.connection = connection

    async def tables(self) -> list[str]:
        """Return every table of ours, also those that are added later."""
        return [row[0] for row in await self.connection.fetch(_TABLES)]

    async def everything(self) -> Mapping[str, list[str]]:
        """Return every row of every table as text, bytes in hex: equal when nothing changed."""
        return {table: await self._rows(table) for table in await self.tables()}

    async def counts(self) -> dict[str, int]:
        """Return the number of rows by table, of those that have any."""
        return {table: len(rows) for table, rows in (await self.everything()).items() if rows}

    async def _rows(self, table: str) -> list[str]:
        # The name comes from the catalogue.
        found = await self.connection.fetch(f"SELECT t::text AS row FROM {table} AS t ORDER BY 1")  # noqa: S608
        return [row["row"] for row in found]

    async def texts(self) -> set[str]:
        """Return every value of every column of type text, in all tables."""
        columns = await self.connection.fetch(_TEXT_COLUMNS)
        return {
            row[0]
            for table, column in columns
            for row in await self.connection.fetch(f"SELECT {column} FROM {table}")  # noqa: S608
            if row[0] is not None
        }

    async def clear(self) -> None:
        """Empty every table, and say so when a new table was forgotten here."""
        await self.connection.execute(
            "DELETE FROM clients; DELETE FROM versions; DELETE FROM events; DELETE FROM instances;"
            " DELETE FROM chores; DELETE FROM heartbeats; DELETE FROM leases;"
            " DELETE FROM installation; DELETE FROM api_keys; DELETE FROM sessions;"
            " DELETE FROM login_challenges; DELETE FROM stream_tickets; DELETE FROM rate_limits;"
            " DELETE FROM idempotency_keys"
        )
        assert await self.counts() == {}

    async def version(self, account: str | None) -> int:
        """Return the account's version; 0 when it has none, or when it is none."""
        found = await self.connection.fetchval(
            "SELECT version FROM versions WHERE account = $1", account
        )
        return int(found or 0)

    async def events(self, account: str | None) -> "list[asyncpg.Record]":
        """Return what was recorded of an account, or of none, oldest first."""
        return await self.connection.fetch(
            "SELECT * FROM events WHERE account IS NOT DISTINCT FROM $1 ORDER BY created_at, id",
            account,
        )

    async def add_orphan(self, account: str) -> str:
        """Store an instance without a bot, on the default bot's market, as a look would; its name.

        There is no other way to one without an upstream.
        """
        name = f"hummingbot-{account}-0123456789ab-20260101-000000"
        await self.connection.execute(
            """
            INSERT INTO instances (
                name, instance_name, account, connector, pair, config_name, first_seen_at,
                condition, condition_since, is_active, checked_at
            )
            VALUES ($1, $2, $3, 'bitmart', 'SHARP-USDT', 'config', now(),
                'trading', now(), TRUE, now())
            """,
            name,
            name.removesuffix("-20260101-000000"),
            account,
        )
        return name

    async def add_leader(self) -> None:
        """Store that another process leads, and that it has just looked at the upstream."""
        await self.connection.execute(
            """
            INSERT INTO leases (name, token, holder, taken_at)
            VALUES ('lifecycle', 1, 'elsewhere', now());
            INSERT INTO heartbeats (name, token, beat_at, last_look_at, pace_seconds)
            VALUES ('lifecycle', 1, now(), now(), 1);
            """
        )

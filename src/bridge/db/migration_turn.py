"""One migration of a database at a time, and only of a database that is ours.

The turn is a session advisory lock on a connection of its own, outside any transaction: a holder
that sits idle in a transaction would block CREATE INDEX CONCURRENTLY for ever. It is asked for
again and again instead of waited for, since a waiting session would block it likewise. The server
gives it back when the session ends, however that comes about.
"""

import asyncio
import random
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import asyncpg

from bridge.db.connect_failures import describe_connect_failure
from bridge.db.dsn import Dsn
from bridge.db.revisions import all_revisions, head_revision, revision_number
from bridge.db.schema import READ_REVISION
from bridge.db.sql import load
from bridge.errors import ConfigurationError, DatabaseUnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    Connection = asyncpg.Connection[asyncpg.Record]

TRY_LOCK: Final = load("alembic_version/try_lock")
LIST_TABLES: Final = load("alembic_version/list_tables")

# Advisory locks of one database share one name space: ours spells "bridge".
LOCK_KEY: Final = int.from_bytes(b"bridge")
_OUR_TABLES: Final = ("bots", "clients", "connectors", "events", "versions", "wallets")
CONNECT_SECONDS: Final = 10
_CLOSE_SECONDS: Final = 2
_UNREACHABLE: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
_ANSWER_SECONDS: Final = 30
_POLL_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationLimits:
    """How long a migration waits, and for what.

    Attributes:
        turn_seconds: For other migrations of the same database to end.
        lock_timeout_ms: For one lock on a table. Short, since everybody who uses that table queues
            up behind a waiting ALTER.
        lock_attempts: How often a revision that did not get its lock is tried in all.
        statement_timeout_ms: For one statement; a revision that needs longer sets its own.
    """

    turn_seconds: float = 120
    lock_timeout_ms: int = 2_000
    lock_attempts: int = 10
    statement_timeout_ms: int = 60_000

    @property
    def server_settings(self) -> dict[str, str]:
        """What a connection that migrates starts with."""
        return {
            "application_name": "bridge migrate",
            "lock_timeout": str(self.lock_timeout_ms),
            "statement_timeout": str(self.statement_timeout_ms),
        }


@asynccontextmanager
async def turn(dsn: Dsn, limits: MigrationLimits) -> "AsyncGenerator[Connection]":
    """Hold the database's one turn to migrate; yields the connection that holds it.

    Raises:
        ConfigurationError: The database belongs to another program.
        DatabaseUnavailableError: No connection, or another migration did not end in time.
    """
    connection = await _connect(dsn)
    try:
        try:
            await _take(connection, limits.turn_seconds)
            await _refuse_foreign(connection)
        except _UNREACHABLE as exc:
            reason = describe_connect_failure(exc, dsn)
            raise DatabaseUnavailableError(f"Database not available: {reason}") from exc
        yield connection
    finally:
        # The session's end gives the lock back; asyncpg cuts the connection when time is up.
        with suppress(TimeoutError):
            await connection.close(timeout=_CLOSE_SECONDS)


async def read_revision(connection: "Connection") -> str | None:
    """Return the revision that the database is at, or None when it is empty."""
    try:
        found: str | None = await connection.fetchval(READ_REVISION)
    except asyncpg.UndefinedTableError:
        return None
    return found


async def _connect(dsn: Dsn) -> "Connection":
    try:
        return await asyncpg.connect(
            **dsn.connect_arguments(),
            timeout=dsn.connect_timeout_seconds or CONNECT_SECONDS,
            command_timeout=_ANSWER_SECONDS,
            server_settings={"application_name": "bridge migrate (turn)"},
        )
    except _UNREACHABLE as exc:
        reason = describe_connect_failure(exc, dsn)
        raise DatabaseUnavailableError(f"Database not available: {reason}") from exc


async def _take(connection: "Connection", seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not await connection.fetchval(TRY_LOCK, LOCK_KEY):  # noqa: ASYNC110 - PostgreSQL knows
                await asyncio.sleep(random.uniform(0.5, 1.5) * _POLL_SECONDS)  # noqa: S311 - jitter
    except TimeoutError as exc:
        raise DatabaseUnavailableError(
            f"Another migration of this database has not ended after {seconds:g} seconds: wait for"
            " it, or end its session in pg_stat_activity, then try again."
        ) from exc


async def _refuse_foreign(connection: "Connection") -> None:
    revision = await read_revision(connection)
    if revision is not None and _is_ours(revision):
        return
    found = await connection.fetch(LIST_TABLES, _OUR_TABLES)
    if found:
        names = ", ".join(str(row[0]) for row in found)
        raise ConfigurationError(
            f"The database already has tables of another program by the names {names}, so nothing"
            " was changed: docs/operations.md says how to take their rows over."
        )
    if revision is not None:
        raise ConfigurationError(
            f"The database's alembic_version is at '{revision}', which belongs to another program,"
            f" so nothing was changed: this release goes up to {head_revision()}; give it a"
            " database of its own."
        )


def _is_ours(revision: str) -> bool:
    """Whether a release of ours wrote this: one that this release knows, or a later one's."""
    number = revision_number(revision)
    newest = revision_number(head_revision())
    is_later = number is not None and newest is not None and number > newest
    return is_later or revision in all_revisions()

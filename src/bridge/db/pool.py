"""The database as the application sees it: there, or not there for a named reason.

Nothing connects before the first call, so the server starts without its database, and a call
after the database has come works without a restart. Every failure to reach PostgreSQL, and every
schema that this release cannot work with, leaves here as a `DatabaseUnavailableError`.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import asyncpg
import structlog

from bridge.db.dsn import Dsn, describe_connect_failure
from bridge.db.revisions import head_revision, revision_number
from bridge.db.sql import load
from bridge.errors import (
    ConfigurationError,
    DatabaseUnavailableError,
    InputError,
    SchemaOutdatedError,
)

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

T = TypeVar("T")

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
_WRITE_ATTEMPTS = 5
_RETRYABLE = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
_UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)
_SCHEMA_DIFFERS = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many connections one process holds, and how long it waits.

    Attributes:
        connections: Most connections at once.
        acquire_seconds: Wait for a connection, connecting included.
        statement_seconds: Wait for one statement.
    """

    connections: int = 10
    acquire_seconds: float = 5
    statement_seconds: float = 10


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What answered.

    Attributes:
        server: Product and major version.
        revision: Of the schema; ``none`` before the first migration.
    """

    server: str
    revision: str


class Database:
    """A lazy pool over one connection string; an `Executor` for single statements.

    Owns its connections: whoever opened it calls `close`.
    """

    READ_REVISION = load("alembic_version/read")

    def __init__(self, dsn: Dsn | ConfigurationError, limits: Limits) -> None:
        self._dsn = dsn
        self._limits = limits
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._schema_is_right = False
        self._logged: str | None = None

    async def open(self) -> None:
        """Make the pool inside the running event loop; connects nothing."""
        if isinstance(self._dsn, ConfigurationError):
            _LOG.error("database not available", reason=self._dsn.detail)
            return
        self._pool = await asyncpg.create_pool(
            min_size=0,
            max_size=self._limits.connections,
            command_timeout=self._limits.statement_seconds,
            timeout=self._limits.acquire_seconds,
            # Lists of rows with nested JSON carry times as text: one zone for all of them.
            server_settings={"application_name": "trading-bridge", "timezone": "UTC"},
            **self._dsn.connect_arguments(),
        )

    async def close(self) -> None:
        """Close every connection; those in use after a second are cut."""
        if self._pool is None:
            return
        try:
            async with asyncio.timeout(1):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def fetch(self, query: str, /, *args: object) -> list[asyncpg.Record]:
        """Run one statement on a connection of its own and return its rows."""
        async with self._connection() as connection:
            return await connection.fetch(query, *args)

    async def fetchrow(self, query: str, /, *args: object) -> asyncpg.Record | None:
        """Run one statement on a connection of its own and return its first row."""
        async with self._connection() as connection:
            return await connection.fetchrow(query, *args)

    async def execute(self, query: str, /, *args: object) -> str:
        """Run one statement on a connection of its own."""
        async with self._connection() as connection:
            return await connection.execute(query, *args)

    async def write(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run ``work`` in one transaction and return its result once that is committed.

        ``work`` runs again from the start when PostgreSQL asks for it (40001, 40P01), so it has
        no effects but its statements. Cancelled before COMMIT is sent, nothing is stored;
        cancelled while its answer is awaited, it may be: look before you write again.

        Raises:
            DatabaseUnavailableError: The outcome is unknown when the connection broke in COMMIT.
        """
        for attempt in range(_WRITE_ATTEMPTS):
            try:
                async with self._connection() as connection, connection.transaction():
                    return await work(connection)
            except _RETRYABLE:
                if attempt == _WRITE_ATTEMPTS - 1:
                    raise
                await asyncio.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - jitter
        raise AssertionError  # the loop returns or raises

    async def look(self) -> DatabaseFacts:
        """Return what answers, whatever its schema.

        Raises:
            DatabaseUnavailableError: Nothing does.
        """
        async with self._reachable() as connection:
            version = connection.get_server_version()
            return DatabaseFacts(f"PostgreSQL {version.major}", await _revision(connection))

    async def check(self) -> str:
        """Return the schema's revision.

        Raises:
            DatabaseUnavailableError: Not reachable, or not migrated as this release needs it.
        """
        facts = await self.look()
        self._schema_is_right = False
        require_revision(facts.revision)
        self._schema_is_right = True
        return facts.revision

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[Connection]:
        """Yield a connection to a database whose schema is right; that is asked for only once."""
        async with self._reachable() as connection:
            if not self._schema_is_right:
                require_revision(await _revision(connection))
                self._schema_is_right = True
            yield connection

    @asynccontextmanager
    async def _reachable(self) -> AsyncGenerator[Connection]:
        try:
            async with self._acquired() as connection:
                yield connection
            self._logged = None
        except asyncpg.DataError as exc:
            # The net under the checks of the structs: a value that PostgreSQL cannot hold.
            raise InputError("A value in the request cannot be stored.") from exc
        except _SCHEMA_DIFFERS as exc:
            self._schema_is_right = False
            raise self._unavailable(SchemaOutdatedError(_SCHEMA_MOVED)) from exc
        except _UNREACHABLE as exc:
            raise self._unavailable(_sentence(exc, self._dsn)) from exc
        except DatabaseUnavailableError as exc:
            self._unavailable(exc)
            raise

    @asynccontextmanager
    async def _acquired(self) -> AsyncGenerator[Connection]:
        if self._pool is None:
            reason = self._dsn.detail if isinstance(self._dsn, ConfigurationError) else "closed"
            raise DatabaseUnavailableError(f"Database not available: {reason}")
        async with self._pool.acquire(timeout=self._limits.acquire_seconds) as connection:
            yield connection

    def _unavailable(self, error: DatabaseUnavailableError) -> DatabaseUnavailableError:
        # Thousands of polls fail alike in an outage: the log says each reason once.
        if self._logged != error.detail:
            self._logged = error.detail
            _LOG.error("database not available", reason=error.detail)
        return error


_SCHEMA_MOVED = (
    "Database not available: its tables are not those of this release;"
    f" it needs revision {head_revision()}: run 'bridge migrate'."
)


async def _revision(connection: Connection) -> str:
    try:
        return str(await connection.fetchval(Database.READ_REVISION) or "none")
    except asyncpg.UndefinedTableError:
        return "none"


def require_revision(found: str) -> None:
    """Accept the schema of this release and later ones, which stay compatible for a release.

    Raises:
        SchemaOutdatedError: It is older, or not ours.
    """
    needed = head_revision()
    number, least = revision_number(found), revision_number(needed)
    if number is not None and least is not None and number >= least:
        return
    raise SchemaOutdatedError(
        f"Database not available: its schema is at revision {found} and this release needs"
        f" {needed}; relations may not exist: run 'bridge migrate'."
    )


def _sentence(exc: BaseException, dsn: Dsn | ConfigurationError) -> DatabaseUnavailableError:
    if isinstance(dsn, ConfigurationError):
        return DatabaseUnavailableError(f"Database not available: {dsn.detail}")
    return DatabaseUnavailableError(f"Database not available: {describe_connect_failure(exc, dsn)}")

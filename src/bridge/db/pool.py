"""The database as the application sees it: there, or not there for a named reason.

Nothing connects before the first call, so the server starts without its database, and a call
after the database has come works without a restart. Every failure to reach PostgreSQL, and every
schema that this release cannot work with, leaves here as a `DatabaseUnavailableError`. What is
none of these is a bug, and passes through.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import asyncpg
import structlog

from bridge.db.changed import Changed, collect, stop
from bridge.db.dsn import Dsn
from bridge.db.failures import (
    AGAIN,
    LOST,
    NOT_ACQUIRED,
    NOT_SERVED,
    SPOILING,
    Connection,
    ConnectionLostError,
    Pool,
    cut,
    give_back,
    is_lost,
    or_undone,
)
from bridge.db.outages import Limits, Outages
from bridge.db.schema import READ_REVISION, SCHEMA_DIFFERS, require_revision, schema_moved
from bridge.errors import (
    ConfigurationError,
    DatabaseBusyError,
    DatabaseUnavailableError,
    InputError,
)

T = TypeVar("T")

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
_ATTEMPTS = 5
_CONTENDED = "Database not available: others change the same rows all the time."


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
    """A lazy pool over one connection string; an `Executor` for single reading statements.

    Owns its connections: whoever opened it calls `close`.
    """

    def __init__(self, dsn: Dsn | ConfigurationError, limits: Limits) -> None:
        self._dsn = dsn
        self._limits = limits
        self._pool: Pool | None = None
        self._schema_is_right = False
        self._outages = Outages(dsn, limits)
        self._followers: list[Callable[[AbstractSet[str]], None]] = []

    def follow(self, follower: Callable[[AbstractSet[str]], None]) -> None:
        """Have ``follower`` told the accounts of each write, before whoever wrote is answered.

        Told as well when the write failed or was cancelled: COMMIT may have come through.
        """
        self._followers.append(follower)

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
            reset=_keep_session,
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
        """Run one reading statement and return its rows."""
        return await self._read(lambda connection: connection.fetch(query, *args))

    async def fetchrow(self, query: str, /, *args: object) -> asyncpg.Record | None:
        """Run one reading statement and return its first row."""
        return await self._read(lambda connection: connection.fetchrow(query, *args))

    async def execute(self, query: str, /, *args: object) -> str:
        """Run one statement that may be run twice."""
        return await self._read(lambda connection: connection.execute(query, *args))

    async def write(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run ``work`` in one transaction and return its result once that is committed.

        ``work`` runs again from the start when PostgreSQL asks for it (40001, 40P01) or the
        connection breaks before COMMIT is sent, so it has no effects but its statements.
        Cancelled before COMMIT is sent, nothing is stored; cancelled while its answer is awaited,
        it may be: look before you write again.

        Raises:
            DatabaseUnavailableError: When the connection broke in COMMIT, the outcome is unknown.
        """
        changed: Changed = set()
        token = collect(changed)
        try:
            return await self._write(work)
        finally:
            stop(token)
            for follower in self._followers if changed else ():
                follower(changed)

    async def _write(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        for attempt in range(_ATTEMPTS):
            is_committing = False
            try:
                async with self._connection() as connection:
                    transaction = connection.transaction()
                    await transaction.start()
                    result = await or_undone(work(connection), transaction)
                    is_committing = True
                    await transaction.commit()
            except AGAIN:
                await asyncio.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - jitter
            except ConnectionLostError:
                if is_committing or attempt > 0:
                    raise
            else:
                return result
        raise DatabaseBusyError(_CONTENDED)

    async def _read(self, statement: Callable[[Connection], Awaitable[T]]) -> T:
        """Run a statement; once more when its connection had died unnoticed in the pool."""
        for is_last in (False, True):
            try:
                async with self._connection() as connection:
                    return await statement(connection)
            except AGAIN:
                if is_last:
                    raise DatabaseBusyError(_CONTENDED) from None
            except ConnectionLostError:
                if is_last:
                    raise
        raise AssertionError  # the loop returns or raises

    async def look(self, within_seconds: float) -> DatabaseFacts:
        """Return what answers, whatever its schema.

        Raises:
            DatabaseUnavailableError: Nothing does in time.
        """
        try:
            async with (
                asyncio.timeout(within_seconds),
                self._connection(of_any_schema=True) as connection,
            ):
                version = connection.get_server_version()
                return DatabaseFacts(f"PostgreSQL {version.major}", await _revision(connection))
        except TimeoutError as exc:
            raise self._outages.late(self._pool, exc) from exc

    @asynccontextmanager
    async def _connection(self, *, of_any_schema: bool = False) -> AsyncGenerator[Connection]:
        """Yield a connection; what goes wrong with it, and only that, becomes unavailable.

        Whether the schema is right is asked for only once.
        """
        pool = self._require_pool()
        connection = await self._acquire(pool)
        try:
            if not (self._schema_is_right or of_any_schema):
                require_revision(await _revision(connection))
                self._schema_is_right = True
            yield connection
            self._outages.served_at = time.monotonic()
        except asyncio.CancelledError:
            # Else giving it back would wait for PostgreSQL to end what runs, perhaps in vain.
            cut(connection)
            raise
        except asyncpg.DataError as exc:
            # The net under the checks of the input, and of our own code: so it is logged.
            _LOG.exception("value refused by the database")
            raise InputError("A value in the request cannot be stored.") from exc
        except SCHEMA_DIFFERS as exc:
            self._schema_is_right = False
            raise self._outages.noted(schema_moved()) from exc
        except AGAIN:
            raise
        except DatabaseUnavailableError as exc:
            self._outages.noted(exc)
            raise
        except (*NOT_SERVED, *LOST) as exc:
            has_gone = is_lost(connection)
            if not (has_gone or isinstance(exc, NOT_SERVED)):
                raise
            if has_gone or isinstance(exc, SPOILING):
                # Its neighbours in the pool have likely gone the same way.
                cut(connection)
                await pool.expire_connections()
            kind = ConnectionLostError if has_gone else DatabaseUnavailableError
            raise self._outages.noted(kind(self._outages.sentence_in_use(exc))) from exc
        finally:
            await give_back(pool, connection)

    async def _acquire(self, pool: Pool) -> Connection:
        try:
            return await pool.acquire(timeout=self._limits.acquire_seconds)
        except TimeoutError as exc:
            raise self._outages.late(self._pool, exc) from exc
        except NOT_ACQUIRED as exc:
            raise self._outages.noted(
                DatabaseUnavailableError(self._outages.sentence(exc))
            ) from exc

    def _require_pool(self) -> Pool:
        if self._pool is None:
            reason = self._dsn.detail if isinstance(self._dsn, ConfigurationError) else "closed"
            raise self._outages.noted(DatabaseUnavailableError(f"Database not available: {reason}"))
        return self._pool


async def _keep_session(_connection: object) -> None:
    """Send nothing when a connection goes back to the pool.

    asyncpg would send a second statement after each first one, to undo what a session can hold:
    SET, LISTEN, advisory locks, cursors. No statement that runs on the pool may leave any of these,
    which a test of ``sql/`` holds; open transactions are rolled back all the same.
    """


async def _revision(connection: Connection) -> str:
    try:
        return str(await connection.fetchval(READ_REVISION) or "none")
    except asyncpg.UndefinedTableError:
        return "none"

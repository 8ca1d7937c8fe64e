"""What PostgreSQL's and the network's failures mean for a connection, and how one is given back."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Final, TypeAlias, TypeVar

import asyncpg
import structlog
from asyncpg.transaction import Transaction

from bridge.errors import DatabaseUnavailableError

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

T = TypeVar("T")

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
_RELEASE_SECONDS = 2

# PostgreSQL has rolled the transaction back and asks for it again, or its plans are out of date.
AGAIN: Final = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InvalidCachedStatementError,
)
NOT_ACQUIRED: Final = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
# Whatever the connection's state, these are the server's or the network's doing.
NOT_SERVED: Final = (
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)
# After these the other connections are no better.
SPOILING: Final = (TimeoutError, asyncpg.ReadOnlySQLTransactionError)
# These can also be mistakes of ours; they are not, when the connection is gone.
LOST: Final = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class ConnectionLostError(DatabaseUnavailableError):
    """Database not available: the connection broke."""


async def or_undone(work: Awaitable[T], transaction: Transaction) -> T:
    """Return what the work returns, or roll back what it did.

    After a time-out or a cancellation the connection is cut, which undoes everything too: a
    ROLLBACK would wait behind what got no answer.
    """
    try:
        return await work
    except (TimeoutError, asyncio.CancelledError):
        raise
    except BaseException:
        await transaction.rollback()
        raise


async def give_back(pool: Pool, connection: Connection) -> None:
    """Return a connection to the pool; one that does not come clean in time is cut instead.

    What was done with it stays done: a failure here says nothing about that.
    """
    try:
        await pool.release(connection, timeout=_RELEASE_SECONDS)
    except (TimeoutError, *LOST):
        _LOG.warning("connection cut on its way back to the pool")
        cut(connection)


def cut(connection: Connection) -> None:
    """Break the connection off, without a word to the server."""
    with suppress(asyncpg.InterfaceError):  # asyncpg has taken it away already
        connection.terminate()


def is_lost(connection: Connection) -> bool:
    """Whether the connection has ended, on whichever side."""
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # asyncpg takes what broke away from whoever held it
        return True

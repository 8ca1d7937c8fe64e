"""One connection beside the pool: hears what others notify, and asks a question now and then.

It lasts as long as PostgreSQL keeps it. Whoever uses it finds out by its next question that it is
gone, or that nobody answers any more, and makes another one: what was notified in between is lost.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

import asyncpg

from bridge.db.connect_failures import describe_connect_failure
from bridge.db.dsn import Dsn
from bridge.db.failures import NOT_ACQUIRED
from bridge.db.rows import Row, fetch_all
from bridge.db.sql import Sql
from bridge.errors import DatabaseUnavailableError

CHANNEL: Final = "bridge"
_CONNECT_SECONDS: Final = 5.0
_CLOSE_SECONDS: Final = 1.0

_Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class Listener:
    """An open connection; `listening` makes it.

    Args:
        connection: Only this object uses it.
        answer_seconds: Wait for one answer.
    """

    def __init__(self, connection: _Connection, dsn: Dsn, answer_seconds: float) -> None:
        self._connection = connection
        self._dsn = dsn
        self._answer_seconds = answer_seconds

    async def ask(self, row: type[Row], sql: Sql, *args: object) -> list[Row]:
        """Run a reading statement and return its rows.

        Raises:
            DatabaseUnavailableError: Nobody answers in time, or the connection is gone.
        """
        try:
            async with asyncio.timeout(self._answer_seconds):
                return await fetch_all(self._connection, row, sql, *args)
        except (*NOT_ACQUIRED, TimeoutError) as exc:
            raise _unavailable(exc, self._dsn) from exc


@asynccontextmanager
async def listening(
    dsn: Dsn, hear: Callable[[str], None] | None, answer_seconds: float
) -> AsyncGenerator[Listener]:
    """Hold a connection while the block runs.

    Args:
        dsn: Not through a pooler that hands connections out by transaction, if anything is heard.
        hear: Called with what is notified; None: nothing is listened to.
        answer_seconds: Wait for one answer.

    Raises:
        DatabaseUnavailableError: It cannot be made.
    """
    try:
        connection = await asyncpg.connect(
            timeout=_CONNECT_SECONDS,
            command_timeout=answer_seconds,
            server_settings={"application_name": "trading-bridge feed", "timezone": "UTC"},
            **dsn.connect_arguments(),
        )
    except (*NOT_ACQUIRED, TimeoutError) as exc:
        raise _unavailable(exc, dsn) from exc
    try:
        if hear is not None:
            await _listen(connection, dsn, hear)
        yield Listener(connection, dsn, answer_seconds)
    finally:
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await connection.close()
        except (*NOT_ACQUIRED, TimeoutError, asyncio.CancelledError):
            connection.terminate()


async def _listen(connection: _Connection, dsn: Dsn, hear: Callable[[str], None]) -> None:
    def heard(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        hear(str(payload))

    try:
        await connection.add_listener(CHANNEL, heard)
    except (*NOT_ACQUIRED, TimeoutError) as exc:
        raise _unavailable(exc, dsn) from exc


def _unavailable(exc: BaseException, dsn: Dsn) -> DatabaseUnavailableError:
    reason = describe_connect_failure(exc, dsn)
    return DatabaseUnavailableError(f"Database not available: {reason}")

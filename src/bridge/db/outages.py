"""What is said of a database that does not serve: one sentence each, and seldom in the log."""

import math
import time
from dataclasses import dataclass
from typing import Final

import structlog

from bridge.db.connect_failures import describe_connect_failure
from bridge.db.dsn import Dsn
from bridge.db.failures import Pool
from bridge.errors import ConfigurationError, DatabaseBusyError, DatabaseUnavailableError

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
_LOG_AGAIN_SECONDS: Final = 60


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


class Outages:
    """The words for one connection string.

    Attributes:
        served_at: Monotonic time when the database last served.
    """

    def __init__(self, dsn: Dsn | ConfigurationError, limits: Limits) -> None:
        self._dsn = dsn
        self._limits = limits
        self.served_at = -math.inf
        self._logged_at: dict[str, float] = {}

    def late(self, pool: "Pool | None", exc: TimeoutError) -> DatabaseUnavailableError:
        """Return why no connection was given in time."""
        if pool is None or pool.get_size() < pool.get_max_size() or pool.get_idle_size():
            return self.noted(DatabaseUnavailableError(self.sentence(exc)))
        count = self._limits.connections
        # Full of statements that get no answer is not busy.
        if time.monotonic() - self.served_at < 2 * self._limits.acquire_seconds:
            return self.noted(DatabaseBusyError(_ALL_BUSY.format(count=count)))
        return self.noted(DatabaseUnavailableError(_ALL_WAIT.format(count=count)))

    def sentence(self, exc: BaseException) -> str:
        """Return why a connection cannot be made."""
        if isinstance(self._dsn, ConfigurationError):
            return f"Database not available: {self._dsn.detail}"
        return f"Database not available: {describe_connect_failure(exc, self._dsn)}"

    def sentence_in_use(self, exc: BaseException) -> str:
        """Return why a connection that was there does not serve."""
        if isinstance(exc, TimeoutError):
            return _TOO_LONG.format(seconds=self._limits.statement_seconds)
        return self.sentence(exc)

    def noted(self, error: DatabaseUnavailableError) -> DatabaseUnavailableError:
        """Log an error, and return it."""
        # Thousands of polls fail alike in an outage: the log says each reason once a minute.
        now = time.monotonic()
        if now - self._logged_at.get(error.detail, -math.inf) >= _LOG_AGAIN_SECONDS:
            self._logged_at[error.detail] = now
            _LOG.error("database not available", reason=error.detail)
        return error


_ALL_BUSY: Final = "Database not available: all {count} connections of this process are busy."
_ALL_WAIT: Final = (
    "Database not available: all {count} connections of this process wait for an answer."
)
_TOO_LONG: Final = "Database not available: a statement got no answer within {seconds:g} seconds."

"""How often somebody may call: a bucket for each principal that fills at a steady rate.

Reads are counted in this process, so that they cost no statement; what changes something, and
logins, in PostgreSQL, for all processes together. A bucket is one moment, at which it will be full
again (GCRA), and holds what flows in within a minute. Streams are not counted by the minute: each
principal may have so many open in this process.
"""

import math
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from bridge.access.principal import Principal
from bridge.access.repository import LimitRepository
from bridge.db.pool import Database
from bridge.errors import DatabaseUnavailableError, TooManyRequestsError

_BURST_SECONDS: Final = 60.0
_MOST_BUCKETS: Final = 20_000
# One of them may end at any moment, or not for hours.
_STREAM_RETRY_SECONDS: Final = 10


class TooManyStreamsError(TooManyRequestsError):
    """This caller has as many streams open as it may have; end one of them first."""

    code = "too-many-streams"


@dataclass(frozen=True, slots=True)
class Rates:
    """How many a minute, and of streams how many at once; 0: as many as they like."""

    reads: int
    writes: int
    logins: int
    streams: int


class Limiter:
    """Counts calls."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._read_seconds = 60 / rates.reads if rates.reads else 0.0
        self._full_at: dict[str, float] = {}
        self._streams: dict[str, int] = {}
        self._database: Database | None = None

    @contextmanager
    def kept(self, database: Database) -> Generator[None]:
        """Count writes and logins in this database while the block runs."""
        self._database = database
        try:
            yield
        finally:
            self._database = None

    def takes_read(self, principal: Principal, now: float) -> bool:
        """Count a read; False, and not counted, when the bucket is empty.

        Written for speed: each poll from memory comes through here.

        Args:
            principal: Who reads.
            now: By the monotonic clock.
        """
        if not self._read_seconds:
            return True
        buckets = self._full_at
        full_at = buckets.get(principal.actor)
        if full_at is None:
            self._make_room(now)
            buckets, full_at = self._full_at, now
        elif full_at < now:
            full_at = now
        full_at += self._read_seconds
        if full_at - now > _BURST_SECONDS:
            return False
        buckets[principal.actor] = full_at
        return True

    def _make_room(self, now: float) -> None:
        if len(self._full_at) >= _MOST_BUCKETS:
            self._full_at = {key: at for key, at in self._full_at.items() if at > now}

    def admit_read(self, principal: Principal) -> None:
        """Count a read.

        Raises:
            TooManyRequestsError: The bucket is empty.
        """
        now = time.monotonic()
        if not self.takes_read(principal, now):
            excess = self._full_at[principal.actor] + self._read_seconds - now
            raise TooManyRequestsError(max(1, math.ceil(excess - _BURST_SECONDS)))

    def begin_stream(self, principal: Principal) -> None:
        """Count a stream as open; whoever does so ends it, once.

        Raises:
            TooManyStreamsError: The principal has as many as it may have; this one is not counted.
        """
        open_now = self._streams.get(principal.actor, 0)
        if self._rates.streams and open_now >= self._rates.streams:
            raise TooManyStreamsError(_STREAM_RETRY_SECONDS)
        self._streams[principal.actor] = open_now + 1

    def end_stream(self, principal: Principal) -> None:
        """Count a stream as ended."""
        left = self._streams[principal.actor] - 1
        if left:
            self._streams[principal.actor] = left
        else:
            del self._streams[principal.actor]

    async def admit_write(self, principal: Principal) -> None:
        """Count a call that changes something.

        Raises:
            TooManyRequestsError: The bucket is empty.
            DatabaseUnavailableError: It cannot be counted.
        """
        await self._take(f"write {principal.actor}", self._rates.writes)

    async def admit_login(self, peer: str, wallet: str) -> None:
        """Count a step of a login: by wallet and by the address that the connection comes from.

        Somebody elsewhere cannot use up a wallet's bucket; behind a proxy all are in one place.

        Raises:
            TooManyRequestsError: The bucket is empty.
            DatabaseUnavailableError: It cannot be counted.
        """
        await self._take(f"login {peer} {wallet}", self._rates.logins)

    async def _take(self, name: str, per_minute: int) -> None:
        if not per_minute:
            return
        if self._database is None:
            raise DatabaseUnavailableError
        seconds = 60 / per_minute
        if not await LimitRepository(self._database).take(name, seconds, _BURST_SECONDS):
            raise TooManyRequestsError(math.ceil(seconds))

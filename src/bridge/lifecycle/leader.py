"""Which process acts: one at a time, by a lease with a token that only rises.

The holder renews its lease each beat. It stops acting some time before the others may take the
lease, counted from when it *sent* its last good renewal on a clock that goes on while the machine
sleeps. A transaction of the holder proves its token first (``fenced``), so that one that was frozen
and wakes up late stores nothing; what it may still send upstream is made harmless by the deploy's
own fence.
"""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from os import getpid
from typing import Final, TypeVar

import msgspec
import structlog

from bridge.db.failures import Connection
from bridge.db.pool import Database
from bridge.db.rows import fetch_one
from bridge.db.sql import load
from bridge.errors import DatabaseUnavailableError, UnavailableError

T = TypeVar("T")

LEASE: Final = "lifecycle"
_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

INSERT_LEASE: Final = load("leases/insert")
TAKE_LEASE: Final = load("leases/take")
FENCE: Final = load("leases/fence")
INSERT_HEARTBEAT: Final = load("heartbeats/insert")
BEGIN_HEARTBEAT: Final = load("heartbeats/begin")
BEAT: Final = load("heartbeats/beat")
RELEASE: Final = load("heartbeats/release")
FIND_HEARTBEAT: Final = load("heartbeats/find")


class LeaseLostError(UnavailableError):
    """Another process leads now, or may."""

    code = "lease-lost"


class FenceRow(msgspec.Struct, frozen=True):
    """The limits that a fenced transaction runs under."""

    idle_limit: str
    statement_limit: str


class HeartbeatRow(msgspec.Struct, frozen=True):
    """How the leader is.

    Attributes:
        look_error: Code of the error with which its newest look failed.
        hold: Why it sends nothing.
    """

    token: int
    beat_at: datetime
    last_look_at: datetime | None
    pace_seconds: float
    look_error: str | None
    hold: str | None
    read_at: datetime


@dataclass(slots=True)
class Report:
    """What the leader tells all others with each beat."""

    last_look_at: datetime | None = None
    pace_seconds: float = 1.0
    look_error: str | None = None
    hold: str | None = None


class Lease:
    """The right to act, for a while.

    Args:
        token: Higher than any before.
        act_seconds: How long after the sending of a renewal that succeeded.
    """

    def __init__(self, token: int, act_seconds: float) -> None:
        self.token = token
        self._act_seconds = act_seconds
        self._renewed_at = now_seconds()

    def renewed(self, sent_at: float) -> None:
        """Note a renewal that succeeded, by when it was sent."""
        self._renewed_at = sent_at

    def check(self) -> None:
        """Return when this process may act.

        Raises:
            LeaseLostError: It may not any more.
        """
        if now_seconds() - self._renewed_at > self._act_seconds:
            raise LeaseLostError


def now_seconds() -> float:
    """Return the clock that leases are counted on."""
    return time.clock_gettime(_CLOCK)


async def fenced(database: Database, lease: Lease, work: Callable[[Connection], Awaitable[T]]) -> T:
    """Run one transaction as the leader.

    Raises:
        LeaseLostError: Another one leads; nothing is stored.
    """

    async def guarded(connection: Connection) -> T:
        if await fetch_one(connection, FenceRow, FENCE, LEASE, lease.token) is None:
            raise LeaseLostError
        return await work(connection)

    return await database.write(guarded)


async def find_heartbeat(database: Database) -> HeartbeatRow | None:
    """Return how the leader is; None: there never was one."""
    return await fetch_one(database, HeartbeatRow, FIND_HEARTBEAT, LEASE)


class Leader:
    """Takes the lease when it is free, and works as long as it holds it.

    Args:
        database: Where the lease is.
        report: What is told with each beat.
        lease_seconds: Without a beat for so long, the lease is free.
        beat_seconds: Between two beats, which also tell how old the last look is.
    """

    def __init__(
        self,
        database: Database,
        report: Report,
        lease_seconds: float,
        beat_seconds: float = 1.0,
    ) -> None:
        self._database = database
        self._report = report
        self._lease_seconds = lease_seconds
        self._beat_seconds = min(lease_seconds / 5, beat_seconds)
        self._holder = f"{socket.gethostname()}:{getpid()}"
        self.lease: Lease | None = None

    async def run(self, work: Callable[[Lease], Awaitable[None]]) -> None:
        """Lead whenever possible, until cancelled."""
        while True:
            lease = await self._take()
            if lease is not None:
                await self._lead(lease, work)
            await asyncio.sleep(self._beat_seconds)

    async def _lead(self, lease: Lease, work: Callable[[Lease], Awaitable[None]]) -> None:
        _LOG.info("leading", token=lease.token)
        self.lease = lease
        self._report.hold = self._report.look_error = None
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._beat(lease))
                group.create_task(_as_task(work(lease)))
        except* LeaseLostError:
            _LOG.warning("leading no more", token=lease.token)
        finally:
            self.lease = None
            await self._release(lease)

    async def _beat(self, lease: Lease) -> None:
        while True:
            await asyncio.sleep(self._beat_seconds)
            sent_at = now_seconds()
            try:
                async with asyncio.timeout(self._lease_seconds):
                    beaten = await self._send_beat(lease)
            except (DatabaseUnavailableError, TimeoutError):
                lease.check()
                continue
            if not beaten:
                raise LeaseLostError
            lease.renewed(sent_at)

    async def _send_beat(self, lease: Lease) -> bool:
        report = self._report
        row = await self._database.fetchrow(
            BEAT,
            LEASE,
            lease.token,
            report.last_look_at,
            report.pace_seconds,
            report.look_error,
            report.hold,
        )
        return row is not None

    async def _take(self) -> Lease | None:
        sent_at = now_seconds()
        try:
            found = await find_heartbeat(self._database)
            patience = timedelta(seconds=self._lease_seconds)
            if found is not None and found.read_at - found.beat_at <= patience:
                return None
            token = await self._database.write(self._try_to_take)
        except DatabaseUnavailableError:
            return None
        if token is None:
            return None
        lease = Lease(token, self._lease_seconds * 0.8)
        lease.renewed(sent_at)
        return lease

    async def _try_to_take(self, connection: Connection) -> int | None:
        await connection.execute(INSERT_LEASE, LEASE)
        await connection.execute(INSERT_HEARTBEAT, LEASE)
        patience = timedelta(seconds=self._lease_seconds)
        token = await connection.fetchval(TAKE_LEASE, LEASE, self._holder, patience)
        if token is None:
            return None
        await connection.execute(BEGIN_HEARTBEAT, LEASE, token)
        return int(token)

    async def _release(self, lease: Lease) -> None:
        """Let another process take over at once; when that fails it has to wait.

        Nothing happens to a lease that was taken meanwhile: its token is another one.
        """
        try:
            async with asyncio.timeout(1):
                await self._database.execute(RELEASE, LEASE, lease.token)
        except (DatabaseUnavailableError, TimeoutError):
            _LOG.info("lease not given back", token=lease.token)


async def _as_task(work: Awaitable[None]) -> None:
    await work

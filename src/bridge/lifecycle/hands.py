"""What every step of the leader works with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from bridge.db.failures import Connection
from bridge.db.pool import Database
from bridge.hummingbot.calls import HummingbotCalls
from bridge.lifecycle.facts import Times
from bridge.lifecycle.leader import Lease, fenced
from bridge.lifecycle.observer import Observer
from bridge.lifecycle.owner import Owner
from bridge.lifecycle.pace import Pace
from bridge.lifecycle.steps import Hook
from bridge.lifecycle.store import Store

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """The leader's, for the time of one lease.

    Attributes:
        reached: Told at every named moment.
    """

    database: Database
    client: HummingbotCalls
    store: Store
    observer: Observer
    owner: Owner
    pace: Pace
    times: Times
    lease: Lease
    reached: Hook

    async def write(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run one transaction as the leader."""
        return await fenced(self.database, self.lease, work)

    async def write_bot(self, bot_id: UUID, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Change something of a bot as the leader, with the bot locked first and merged after."""

        async def locked(connection: Connection) -> T:
            await self.store.lock(connection, bot_id)
            result = await work(connection)
            await self.store.settle(connection, bot_id)
            return result

        return await self.write(locked)

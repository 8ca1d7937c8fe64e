"""What people ask of bots: start, stop, delete. Each only writes; the leader acts.

A request changes what is wanted, in one transaction that also merges the bot anew, and then waits a
little for what becomes of it. It never calls the upstream.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from bridge.access.caller import Caller
from bridge.audit.changes import Change
from bridge.bots.repository import BotRepository
from bridge.bots.structs import BotAction, BotDeleted, BotView
from bridge.bots.views import bot_view
from bridge.clients.repository import ClientRepository
from bridge.db.failures import Connection
from bridge.db.pool import Database
from bridge.db.rows import Executor
from bridge.errors import (
    BotNotFoundError,
    ClientNotFoundError,
    DatabaseUnavailableError,
    HummingbotUnavailableError,
    InstanceUnaccountedError,
)
from bridge.idempotency.writes import Writes
from bridge.lifecycle.ages import apply_age
from bridge.lifecycle.facts import Shown
from bridge.lifecycle.plan import blocking
from bridge.lifecycle.records import Record
from bridge.lifecycle.repository import BotRecordRepository, InstanceRepository
from bridge.lifecycle.startable import check_startable
from bridge.lifecycle.states import State
from bridge.lifecycle.store import Store
from bridge.lifecycle.structs import StoppedAll, StopResult

_POLL_SECONDS: Final = 0.1
_SLOWEST_POLL_SECONDS: Final = 0.5
_MOST_FAILURES: Final = 3  # in a row: then it is the database and not a bot
Started = Literal["starting", "already_running"]
Stopped = Literal["stopped", "stopping", "already_stopped"]


@dataclass(frozen=True, slots=True)
class Upstream:
    """What requests know of the upstream without asking it.

    Attributes:
        unavailable: Why bots cannot be started at all here, in one sentence; None: they can.
        wait_seconds: How long an answer waits for the state.
        speed: By how much the lifecycle's times are shortened.
    """

    unavailable: str | None
    wait_seconds: float
    speed: float


class RequestService:
    """Starting, stopping and deleting bots."""

    def __init__(
        self, database: Database, writes: Writes, store: Store, upstream: Upstream
    ) -> None:
        self._database = database
        self._writes = writes
        self._store = store
        self._upstream = upstream

    async def start(self, bot_id: UUID, caller: Caller) -> BotAction:
        """Ask for a bot to run; a second time while it does, or is about to, writes nothing.

        With a key the answer does not wait for what becomes of it.

        Raises:
            BotNotFoundError: There is none of this id.
            ConflictError: It cannot run as it is stored, or nobody knows what it does.
            HummingbotUnavailableError: Nobody has looked at the upstream for too long.
        """

        async def work(connection: Connection) -> Started:
            record = await self._locked(connection, bot_id, caller)
            await check_startable(connection, record)
            self._check_upstream(record)
            shown = self.shown(record)
            if shown.state == "running":
                return "already_running"
            if shown.state == "starting" or _is_start_queued(record, shown):
                return "starting"
            if shown.state == "unknown":
                raise InstanceUnaccountedError
            await BotRecordRepository(connection).update_desired(bot_id, "running")
            if blocking(record) or record.run is not None:
                await InstanceRepository(connection).ask_stop(bot_id)
            await self._settle(connection, record, "bot.start_requested", caller)
            return "starting"

        if caller.key is not None:
            return await self._answer_at_once(bot_id, caller, work)
        if await self._database.write(work) == "already_running":
            return await self._answer(bot_id, "already_running")
        bot = await self._wait_while(bot_id, {"starting", "stopping"})
        status = "started" if bot.runtime.state == "running" else "starting"
        return BotAction(status=status, bot_id=bot_id, bot=bot)

    async def stop(self, bot_id: UUID, caller: Caller, *, is_forced: bool) -> BotAction:
        """Ask for a bot to stop, whatever it does; it is stopped until somebody starts it.

        With a key the answer does not wait for what becomes of it.

        Raises:
            BotNotFoundError: There is none of this id.
        """

        async def work(connection: Connection) -> Stopped:
            record = await self._locked(connection, bot_id, caller)
            return await self._stop(connection, record, caller, is_forced=is_forced)

        if caller.key is not None:
            return await self._answer_at_once(bot_id, caller, work)
        if await self._database.write(work) == "already_stopped":
            return await self._answer(bot_id, "already_stopped")
        bot = await self._wait_while(bot_id, {"stopping"})
        status = "stopping" if bot.runtime.state == "stopping" else "stopped"
        return BotAction(status=status, bot_id=bot_id, bot=bot)

    async def stop_all(self, account: str | None, caller: Caller) -> StoppedAll:
        """Ask for every bot of an account, or of all, to stop; can be repeated.

        Each bot is a transaction of its own, and one that fails keeps no other from being asked.
        So a key keeps the answer only when all of them are; asking a bot twice is as good as once.

        Raises:
            ClientNotFoundError: Nobody has this account.
            DatabaseUnavailableError: Several in a row failed; those before them are asked.
        """
        await self._writes.recall(caller)
        bot_ids = await BotRecordRepository(self._database).list_ids(account)
        # One that is being deleted may still have bots, so they come first.
        if account is not None and not bot_ids:
            await self._check_account(account)
        results: list[StopResult] = []
        failures = 0
        for bot_id in bot_ids:

            async def work(connection: Connection, bot_id: UUID = bot_id) -> Stopped | None:
                record = await self._store.lock(connection, bot_id)
                if record is None:
                    return None
                return await self._stop(connection, record, caller, is_forced=False)

            try:
                status = await self._database.write(work)
                failures = 0
            except DatabaseUnavailableError:
                status, failures = "failed", failures + 1
                if failures in (len(bot_ids), _MOST_FAILURES):
                    raise
            if status is not None:
                results.append(StopResult(bot_id=bot_id, status=status))
        answer = StoppedAll(bots=results)
        if caller.key is None or any(each.status == "failed" for each in results):
            return answer

        async def keep(_connection: Connection) -> StoppedAll:
            return answer

        return await self._writes.write(caller, keep)

    async def _check_account(self, account: str) -> None:
        if await ClientRepository(self._database).find_id(account) is None:
            raise ClientNotFoundError

    async def delete(self, bot_id: UUID, caller: Caller) -> BotDeleted:
        """Remove a bot; while something of it is live it is stopped first.

        Raises:
            BotNotFoundError: There is none of this id.
        """

        async def work(connection: Connection) -> Literal["deleted", "deleting"]:
            record = await self._locked(connection, bot_id, caller)
            return await self.remove(connection, record, caller)

        return BotDeleted(status=await self._database.write(work), bot_id=bot_id)

    async def remove(
        self, connection: Connection, record: Record, caller: Caller
    ) -> Literal["deleted", "deleting"]:
        """Remove a bot that is locked here, or have it removed when its instance is gone."""
        row, bots = record.row, BotRecordRepository(connection)
        if row.deleted_at is not None:
            return "deleting"
        is_sent = record.run is not None and record.run.phase != "requested"
        if not record.live and not is_sent:
            await bots.delete(row.id)
            await self._store.record(connection, caller, _change(record, "bot.deleted"))
            return "deleted"
        await bots.mark_deleted(row.id)
        await bots.update_desired(row.id, "stopped")
        await InstanceRepository(connection).ask_stop(row.id)
        await self._settle(connection, record, "bot.deleted", caller)
        return "deleting"

    def shown(self, record: Record) -> Shown:
        """Return a bot's state as it is now."""
        bounds = self._store.times_for(record).bounds
        return apply_age(record.shown, record.row.last_look_at, record.row.read_at, bounds)

    async def _stop(
        self, connection: Connection, record: Record, caller: Caller, *, is_forced: bool
    ) -> Stopped:
        row = record.row
        is_wanted = row.desired_state == "running"
        if not is_wanted and not record.live and record.run is None:
            return "already_stopped"
        is_asked = all(each.stop_asked_at is not None for each in record.live)
        if not is_wanted and is_asked and not is_forced:
            return "stopping"
        await BotRecordRepository(connection).update_desired(row.id, "stopped")
        await InstanceRepository(connection).ask_stop(row.id, is_forced=is_forced)
        action = "bot.stop_forced" if is_forced else "bot.stop_requested"
        await self._settle(connection, record, action, caller)
        return "stopping" if record.live or record.run is not None else "stopped"

    async def _settle(
        self, connection: Connection, record: Record, action: str, caller: Caller
    ) -> None:
        change = _change(record, action)
        await self._store.settle(connection, record.row.id, change=change, caller=caller)

    def _check_upstream(self, record: Record) -> None:
        if self._upstream.unavailable is not None:
            raise HummingbotUnavailableError(self._upstream.unavailable)
        if record.row.hold is not None:
            raise HummingbotUnavailableError(_SHARED)
        bound = self._store.times_for(record).bounds.bound
        looked_at = record.row.last_look_at
        if looked_at is None or record.row.read_at - looked_at > bound:
            raise HummingbotUnavailableError(_UNSEEN)

    async def _locked(self, connection: Connection, bot_id: UUID, caller: Caller) -> Record:
        record = await self._store.lock(connection, bot_id, caller.account)
        if record is None:
            raise BotNotFoundError
        return record

    async def _answer(self, bot_id: UUID, status: Started | Stopped) -> BotAction:
        bot = await self._view(self._database, bot_id)
        return BotAction(status=status, bot_id=bot_id, bot=bot)

    async def _answer_at_once(
        self,
        bot_id: UUID,
        caller: Caller,
        work: Callable[[Connection], Awaitable[Started | Stopped]],
    ) -> BotAction:
        """Answer what is true when the request commits: that can be kept with its key."""

        async def answering(connection: Connection) -> BotAction:
            status = await work(connection)
            bot = await self._view(connection, bot_id)
            if status == "stopping" and bot.runtime.state != "stopping":
                status = "stopped"  # nothing of it had reached the upstream
            return BotAction(status=status, bot_id=bot_id, bot=bot)

        return await self._writes.write(caller, answering)

    async def _wait_while(self, bot_id: UUID, states: set[State]) -> BotView:
        """Return the bot once it is in another state, or when the wait is over."""
        ends_at = time.monotonic() + self._upstream.wait_seconds
        pause = _POLL_SECONDS
        while True:
            bot = await self._view(self._database, bot_id)
            remaining = ends_at - time.monotonic()
            if bot.runtime.state not in states or remaining <= 0:
                return bot
            await asyncio.sleep(min(pause, remaining))
            pause = min(pause * 1.5, _SLOWEST_POLL_SECONDS)

    async def _view(self, db: Executor, bot_id: UUID) -> BotView:
        row = await BotRepository(db).find_by_id(bot_id)
        if row is None:
            raise BotNotFoundError
        return bot_view(row, self._upstream.speed)


_SHARED: Final = (
    "Another bridge uses this Hummingbot API, so no bot is started: see 'hummingbot' in /health."
)
_UNSEEN: Final = (
    "The Hummingbot API has not answered for too long, so bots cannot be started now; nothing was"
    " changed."
)


def _is_start_queued(record: Record, shown: Shown) -> bool:
    """Return whether a start already waits for the stop that goes on."""
    run = record.run
    is_newer = run is None or record.row.generation > run.generation
    return shown.state == "stopping" and record.row.desired_state == "running" and is_newer


def _change(record: Record, action: str) -> Change:
    return Change(record.row.account, action, str(record.row.id), {"state": record.row.state})

"""Runs, instances, chores and records in PostgreSQL; knows nothing about what they mean."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from bridge.db.rows import Executor, fetch_all, fetch_one
from bridge.db.sql import load
from bridge.lifecycle.facts import Instance, Shown
from bridge.lifecycle.records import Record, RecordRow, record_of
from bridge.lifecycle.states import DesiredState, Outcome
from bridge.lifecycle.structs import OrphanRow, RunRow, SummaryRow


class BotRecordRepository:
    """Bots as the lifecycle sees them."""

    LOAD_RECORDS: Final = load("bots/load_records")
    LIST_WATCHED: Final = load("bots/list_watched")
    LIST_DUE: Final = load("bots/list_due")
    LIST_IDS: Final = load("bots/list_ids")
    LOCK: Final = load("bots/lock")
    UPDATE_DESIRED: Final = load("bots/update_desired")
    UPDATE_STATE: Final = load("bots/update_state")
    UPDATE_PERFORMANCE: Final = load("bots/update_performance")
    MARK_DELETED: Final = load("bots/mark_deleted")
    DELETE: Final = load("bots/delete")
    SUMMARISE: Final = load("bots/summarise")

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def load_records(self, bot_ids: Sequence[UUID]) -> list[Record]:
        """Return what is known of these bots, in no order; unknown ones are left out."""
        rows = await fetch_all(self._db, RecordRow, self.LOAD_RECORDS, bot_ids)
        return [record_of(row) for row in rows]

    async def list_watched(self, instance_names: Sequence[str]) -> list[UUID]:
        """Return the bots that run or may, and those of these names."""
        return [row[0] for row in await self._db.fetch(self.LIST_WATCHED, instance_names)]

    async def list_due(self) -> list[UUID]:
        """Return the bots about which there may be something to do now."""
        return [row[0] for row in await self._db.fetch(self.LIST_DUE)]

    async def list_ids(self, account: str | None) -> list[UUID]:
        """Return the bots of an account, or all, in the order of their locks."""
        return [row[0] for row in await self._db.fetch(self.LIST_IDS, account)]

    async def lock(self, bot_id: UUID, account: str | None = None) -> Record | None:
        """Return a bot held until the transaction ends; None when there is none of this account."""
        if await self._db.fetchrow(self.LOCK, bot_id, account) is None:
            return None
        return (await self.load_records([bot_id]))[0]

    async def update_desired(self, bot_id: UUID, desired: DesiredState) -> None:
        """Note what somebody asks for, as a new generation."""
        await self._db.execute(self.UPDATE_DESIRED, bot_id, desired)

    async def update_state(
        self,
        bot_id: UUID,
        shown: Shown,
        merge_at: datetime | None,
        instance: str | None,
        running_revision: int | None,
    ) -> None:
        """Write what the merge says."""
        await self._db.execute(
            self.UPDATE_STATE,
            bot_id,
            shown.state,
            shown.reason,
            shown.since,
            shown.known,
            shown.stale,
            shown.error,
            merge_at,
            instance,
            running_revision,
        )

    async def update_performance(self, figures: Sequence[tuple[UUID, str]]) -> list[str]:
        """Write figures, JSON by bot, and return the accounts of those that changed."""
        bots, texts = [bot for bot, _ in figures], [text for _, text in figures]
        return [row[0] for row in await self._db.fetch(self.UPDATE_PERFORMANCE, bots, texts)]

    async def delete(self, bot_id: UUID) -> None:
        """Remove a bot with its runs."""
        await self._db.execute(self.DELETE, bot_id)

    async def mark_deleted(self, bot_id: UUID) -> None:
        """Take a bot off the lists."""
        await self._db.execute(self.MARK_DELETED, bot_id)

    async def summarise(self, account: str | None) -> list[SummaryRow]:
        """Return how many of an account's bots, or of all, are in each state."""
        return await fetch_all(self._db, SummaryRow, self.SUMMARISE, account)


class RunRepository:
    """Runs of bots."""

    INSERT: Final = load("runs/insert")
    ADOPT: Final = load("runs/adopt")
    PLAN_ATTEMPT: Final = load("runs/plan_attempt")
    BEGIN_DEPLOYING: Final = load("runs/begin_deploying")
    SET_DEPLOYED: Final = load("runs/set_deployed")
    TAKE_BACK: Final = load("runs/take_back")
    POSTPONE: Final = load("runs/postpone")
    SET_REVISION: Final = load("runs/set_revision")
    NOTE_SEEN: Final = load("runs/note_seen")
    SET_STOPPING: Final = load("runs/set_stopping")
    UPDATE_FIRSTS: Final = load("runs/update_firsts")
    END: Final = load("runs/end")
    REOPEN: Final = load("runs/reopen")
    LIST_BY_BOT: Final = load("runs/list_by_bot")

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def insert(self, run_id: UUID, bot_id: UUID) -> None:
        """Open a run of the bot's generation that nobody has sent yet."""
        await self._db.execute(self.INSERT, run_id, bot_id)

    async def adopt(
        self, run_id: UUID, bot_id: UUID, instance: str, config_name: str | None
    ) -> None:
        """Open a run for an instance that is there already."""
        await self._db.execute(self.ADOPT, run_id, bot_id, instance, config_name)

    async def plan_attempt(
        self, run_id: UUID, token: int, config_name: str, revision: int
    ) -> int | None:
        """Begin the next attempt and return its number; None when run or definition moved on."""
        row = await self._db.fetchrow(self.PLAN_ATTEMPT, run_id, token, config_name, revision)
        return None if row is None else int(row[0])

    async def begin_deploying(
        self, run_id: UUID, token: int, attempt: int, expiry: timedelta, credentials: int | None
    ) -> bool:
        """Say that the deploy may be sent now; False: it must not be."""
        row = await self._db.fetchrow(
            self.BEGIN_DEPLOYING, run_id, token, attempt, expiry, credentials
        )
        return row is not None

    async def set_deployed(self, run_id: UUID, attempt: int, instance: str) -> bool:
        """Note the instance of an attempt; False when that attempt is over."""
        row = await self._db.fetchrow(self.SET_DEPLOYED, run_id, attempt, instance)
        return row is not None

    async def take_back(
        self, run_id: UUID, attempt: int, error: str | None, pause: timedelta
    ) -> bool:
        """Note that an attempt has made nothing; False when that attempt is over."""
        row = await self._db.fetchrow(self.TAKE_BACK, run_id, attempt, error, pause)
        return row is not None

    async def postpone(self, run_id: UUID, error: str | None, pause: timedelta) -> None:
        """Leave a run alone for a while."""
        await self._db.execute(self.POSTPONE, run_id, error, pause)

    async def set_revision(self, run_id: UUID, revision: int, config: str) -> None:
        """Note that the instance has taken over this revision."""
        await self._db.execute(self.SET_REVISION, run_id, revision, config)

    async def note_seen(self, run_id: UUID, revision: int) -> None:
        """Note that a revision cannot be taken over by the running instance."""
        await self._db.execute(self.NOTE_SEEN, run_id, revision)

    async def set_stopping(self, instance: str, orders_cancelled: str | None) -> None:
        """Note that a stop of this instance was sent."""
        await self._db.execute(self.SET_STOPPING, instance, orders_cancelled)

    async def update_firsts(
        self, run_id: UUID, first_active_at: datetime | None, first_figures_at: datetime | None
    ) -> None:
        """Note when the bot was first heard."""
        await self._db.execute(self.UPDATE_FIRSTS, run_id, first_active_at, first_figures_at)

    async def end(self, run_id: UUID, outcome: Outcome, error: str | None = None) -> None:
        """Close a run."""
        await self._db.execute(self.END, run_id, outcome, error)

    async def reopen(self, instance: str) -> None:
        """Open the run of this instance again."""
        await self._db.execute(self.REOPEN, instance)

    async def list_by_bot(self, bot_id: UUID, limit: int) -> list[RunRow]:
        """Return a bot's runs, newest first."""
        return await fetch_all(self._db, RunRow, self.LIST_BY_BOT, bot_id, limit)


class InstanceCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What an instance was deployed with, as far as the upstream says.

    Attributes:
        is_dud: Without any config: it ends while it boots, and never trades.
    """

    name: str
    is_dud: bool
    config_name: str | None
    account: str | None
    connector: str | None
    pair: str | None


class InstanceRepository:
    """What was seen upstream, and what is owed to it."""

    UPSERT: Final = load("instances/upsert")
    ASK_STOP: Final = load("instances/ask_stop")
    ASK_STOP_AGAIN: Final = load("instances/ask_stop_again")
    ASK_STOP_OF: Final = load("instances/ask_stop_of")
    NOTE_CHECK: Final = load("instances/note_check")
    NOTE_STOP: Final = load("instances/note_stop")
    POSTPONE: Final = load("instances/postpone")
    LIST_ORPHANS: Final = load("instances/list_orphans")
    LOCK_ORPHAN: Final = load("instances/lock_orphan")
    GIVE_TO_BOT: Final = load("instances/give_to_bot")

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def upsert(
        self, instance: Instance, instance_name: str, bot_id: UUID | None, run_id: UUID | None
    ) -> None:
        """Write what was seen; what is owed to it stays."""
        await self._db.execute(
            self.UPSERT,
            instance.name,
            instance_name,
            bot_id,
            instance.first_seen_at,
            instance.condition,
            instance.condition_since,
            instance.is_active,
            instance.gone_at,
            run_id,
        )

    async def ask_stop(self, bot_id: UUID, *, is_forced: bool = False) -> list[str]:
        """Have every instance of a bot stopped that is not gone; return their names."""
        return [row[0] for row in await self._db.fetch(self.ASK_STOP, bot_id, is_forced)]

    async def ask_stop_again(self, name: str) -> None:
        """Begin the stop of an instance anew, if one was asked for."""
        await self._db.execute(self.ASK_STOP_AGAIN, name)

    async def ask_stop_of(self, name: str, *, is_forced: bool) -> bool:
        """Have an orphan stopped; False when there is none."""
        return await self._db.fetchrow(self.ASK_STOP_OF, name, is_forced) is not None

    async def note_check(self, check: InstanceCheck) -> None:
        """Note what an instance was deployed with."""
        await self._db.execute(self.NOTE_CHECK, *msgspec.structs.astuple(check))

    async def note_stop(
        self, name: str, pause: timedelta, *, is_told: bool, is_archive: bool
    ) -> None:
        """Note a step of a stop before it is sent."""
        await self._db.execute(self.NOTE_STOP, name, is_told, is_archive, pause)

    async def postpone(self, name: str, pause: timedelta) -> None:
        """Leave an instance alone for a while."""
        await self._db.execute(self.POSTPONE, name, pause)

    async def list_orphans(self, limit: int) -> list[OrphanRow]:
        """Return what belongs to no bot, oldest first."""
        return await fetch_all(self._db, OrphanRow, self.LIST_ORPHANS, limit)

    async def lock_orphan(self, name: str) -> OrphanRow | None:
        """Return an orphan held until the transaction ends."""
        return await fetch_one(self._db, OrphanRow, self.LOCK_ORPHAN, name)

    async def give_to_bot(self, name: str, bot_id: UUID, run_id: UUID) -> None:
        """Make an orphan a bot's own."""
        await self._db.execute(self.GIVE_TO_BOT, name, bot_id, run_id)

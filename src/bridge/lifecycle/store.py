"""Merging a bot and storing what the merge says, inside a transaction that holds the bot.

Everything that changes a run, an instance or what somebody wants ends here: requests, looks and the
answers of calls. The version is raised last, and only when a reader would see a difference.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import msgspec

from bridge.access.caller import Caller
from bridge.audit.changes import Change, ChangeLog
from bridge.db.failures import Connection
from bridge.lifecycle.case import is_start_pending
from bridge.lifecycle.facts import Observation, Shown, Sight, Times
from bridge.lifecycle.instances import is_live
from bridge.lifecycle.merge import merge
from bridge.lifecycle.records import Record, bounds_of, facts_of
from bridge.lifecycle.repository import BotRecordRepository, InstanceRepository, RunRepository

BRIDGE: Final = Caller(actor="bridge", request_id="")
_REOPENS: Final = 4  # one for each ended run that can come back at once; then the next look goes on


class Store:
    """Merges and stores one bot at a time.

    Args:
        changes: Events and versions.
        times: Every limit of the merge; its bounds are replaced by those of the observer's pace.
        speed: By how much all times are shortened.
    """

    def __init__(self, changes: ChangeLog, times: Times, speed: float) -> None:
        self._changes = changes
        self._times = times
        self._speed = speed

    @property
    def ghost(self) -> timedelta:
        """How long the upstream may list an instance that is gone."""
        return self._times.ghost

    def times_for(self, record: Record) -> Times:
        """Return the limits, with how old a look may be at the pace at which they are made."""
        bounds = bounds_of(record.row.pace_seconds, self._speed)
        return msgspec.structs.replace(self._times, bounds=bounds)

    def observe(self, record: Record, sight: Sight) -> Observation:
        """Merge without storing."""
        return merge(facts_of(record), sight, record.row.read_at, self.times_for(record))

    def differs(self, record: Record, observation: Observation) -> bool:
        """Return whether storing the observation would write something."""
        run = record.run
        if observation.ends_run is not None or observation.reopens_run is not None:
            return True
        if observation.instances != facts_of(record).instances:
            return True
        firsts = (observation.first_active_at, observation.first_figures_at)
        if run is not None and firsts != (run.first_active_at, run.first_figures_at):
            return True
        if _is_to_be_removed(record, observation) or self._may_open(record, observation):
            return True
        return _after(record, observation) != _before(record)

    async def record(self, connection: Connection, caller: Caller, change: Change) -> None:
        """Write an event and raise its account's version; a transaction's last word."""
        await self._changes.record(connection, caller, change)

    async def bump(self, connection: Connection, accounts: Iterable[str]) -> None:
        """Raise the versions of these accounts; a transaction's last word."""
        if names := set(accounts):
            await self._changes.bump(connection, names)

    async def lock(
        self, connection: Connection, bot_id: UUID, account: str | None = None
    ) -> Record | None:
        """Hold a bot until the transaction ends, and return it; None when there is none.

        With an account, another's bot is neither held nor returned.
        """
        return await BotRecordRepository(connection).lock(bot_id, account)

    async def settle(
        self,
        connection: Connection,
        bot_id: UUID,
        sight: Sight | None = None,
        change: Change | None = None,
        caller: Caller = BRIDGE,
    ) -> Record | None:
        """Merge a bot that is locked here, store it, and return it as it was before that.

        Args:
            connection: In a transaction.
            bot_id: Locked or not; it is locked now.
            sight: What was seen; None for what a request knows.
            change: What else is to be recorded; its account's version is raised.
            caller: Who makes that change.
        """
        bots = BotRecordRepository(connection)
        record = await bots.lock(bot_id)
        if record is None:
            return None
        is_visible = False
        for _ in range(_REOPENS):
            seen = sight or Sight(looked_at=record.row.last_look_at)
            observation = self.observe(record, seen)
            is_visible |= await self._write(connection, record, observation)
            if observation.reopens_run is None or record.run is not None:
                break
            await RunRepository(connection).reopen(observation.reopens_run)
            await InstanceRepository(connection).ask_stop_again(observation.reopens_run)
            record = (await bots.load_records([bot_id]))[0]
        if change is not None:
            await self._changes.record(connection, caller, change)
        elif is_visible:
            await self._changes.bump(connection, [record.row.account])
        return record

    async def _write(
        self, connection: Connection, record: Record, observation: Observation
    ) -> bool:
        """Store what differs; return whether a reader sees it."""
        run, row = record.run, record.row
        runs = RunRepository(connection)
        await self._write_instances(connection, record, observation)
        if run is not None:
            firsts = (observation.first_active_at, observation.first_figures_at)
            if firsts != (run.first_active_at, run.first_figures_at):
                await runs.update_firsts(run.id, *firsts)
            if observation.ends_run is not None:
                await runs.end(run.id, observation.ends_run, observation.shown.error)
        if _is_to_be_removed(record, observation):
            await BotRecordRepository(connection).delete(row.id)
            await self._changes.note(connection, BRIDGE, _removed(record))
            return True
        if self._may_open(record, observation):
            await runs.insert(uuid4(), row.id)
        after, before = _after(record, observation), _before(record)
        if after == before:
            return False
        await BotRecordRepository(connection).update_state(row.id, *after)
        if observation.shown.state != row.state:
            await self._changes.note(connection, BRIDGE, _moved(record, observation))
        return (*after[:1], *after[2:]) != (*before[:1], *before[2:])

    async def _write_instances(
        self, connection: Connection, record: Record, observation: Observation
    ) -> None:
        before = {each.name: each for each in facts_of(record).instances}
        own = record.run.instance if record.run else None
        instances = InstanceRepository(connection)
        for instance in observation.instances:
            if instance != before.get(instance.name):
                run_id = record.run.id if record.run and instance.name == own else None
                await instances.upsert(instance, record.row.instance_name, record.row.id, run_id)

    def _may_open(self, record: Record, observation: Observation) -> bool:
        """Return whether a start that waited for what was there before can become a run now."""
        row, run = record.row, record.run
        if run is not None and (observation.ends_run is None or run.generation >= row.generation):
            return False  # it is open, or it was this start's
        if row.deleted_at is not None or any(map(is_live, observation.instances)):
            return False
        facts = facts_of(record)
        expires_at = row.desired_at + self._times.start_expiry
        return is_start_pending(facts) and row.read_at <= expires_at


_After = tuple[Shown, datetime | None, str | None, int | None]


def _before(record: Record) -> _After:
    row = record.row
    return record.shown, row.merge_at, row.instance, row.running_revision


def _after(record: Record, observation: Observation) -> _After:
    """Return what ``bots`` is to hold, in the order of `update_state`."""
    run = None if observation.ends_run else record.run
    instance = run and run.instance
    # That of an adopted one is not known.
    revision = (run.revision or None) if run is not None and instance is not None else None
    return observation.shown, observation.merge_at, instance, revision


def _is_to_be_removed(record: Record, observation: Observation) -> bool:
    """Return whether a deleted bot has nothing left upstream."""
    has_run = record.run is not None and observation.ends_run is None
    is_gone = all(each.gone_at is not None for each in observation.instances)
    return record.row.deleted_at is not None and not has_run and is_gone


def _removed(record: Record) -> Change:
    return Change(record.row.account, "bot.removed", str(record.row.id), {})


def _moved(record: Record, observation: Observation) -> Change:
    row, shown = record.row, observation.shown
    detail: dict[str, object] = {"from": row.state, "to": shown.state, "reason": shown.reason}
    if record.run is not None and record.run.instance is not None:
        detail["instance"] = record.run.instance
    if shown.error is not None:
        detail["error"] = shown.error
    return Change(row.account, "bot.state_changed", str(row.id), detail)

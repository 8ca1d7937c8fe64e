"""The leader's loop: finds what there is to do, and does one step for each bot at a time.

Bots do not wait for each other, but calls that block the upstream do: the client sends those one at
a time. While the upstream is another bridge's, nothing is sent.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

import structlog

from bridge.bots.controller_configs import controller_config, drawdowns
from bridge.bots.live_changes import live_change
from bridge.db.failures import Connection
from bridge.errors import BridgeError, DatabaseUnavailableError, RuleError
from bridge.hummingbot.errors import UpstreamError
from bridge.lifecycle.checks import Checks
from bridge.lifecycle.chores import Chores
from bridge.lifecycle.deploys import Deployer, definition_of
from bridge.lifecycle.hands import Hands
from bridge.lifecycle.leader import LeaseLostError, Report
from bridge.lifecycle.orphans import MOST_ORPHANS
from bridge.lifecycle.owner import HummingbotSharedError
from bridge.lifecycle.plan import Kind, Limits, Moment, Step, next_step, orphan_step
from bridge.lifecycle.records import Record, RunPart
from bridge.lifecycle.repository import (
    BotRecordRepository,
    InstanceRepository,
    RunRepository,
)
from bridge.lifecycle.stops import Stopper
from bridge.lifecycle.structs import OrphanRow

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
_AT_ONCE: Final = 16
# These wait for each other at the upstream; a stop must not wait behind them here.
_SLOW: Final = frozenset({"deploy", "settle_deploy", "remove", "kill"})


class Reconciler:
    """Carries out what is asked for, as long as the lease is held."""

    def __init__(self, hands: Hands, deployer: Deployer, chores: Chores, report: Report) -> None:
        self._hands = hands
        self._deployer = deployer
        self._stopper = Stopper(hands)
        self._checks = Checks(hands)
        self._chores = chores
        self._report = report
        self._busy: set[UUID | str] = set()
        # By run: the fields of changes that were sent and are not noted.
        self._in_doubt: dict[UUID, frozenset[str]] = {}
        self._reading = asyncio.Semaphore(_AT_ONCE)
        self._slow = asyncio.Semaphore(_AT_ONCE)
        self._quick = asyncio.Semaphore(_AT_ONCE)
        self._limits = Limits(
            grace=hands.times.grace,
            retell=hands.pace.pause("retell"),
            silent=hands.pace.pause("silent"),
            rearchive=hands.pace.pause("rearchive"),
            patience=hands.times.stop_patience,
        )

    async def run(self) -> None:
        """Work until the lease is lost."""
        while True:
            await self._claim()
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._tidy())
                    await self._search(group)
            except* HummingbotSharedError as shared:
                self._hold(shared.exceptions[0])
            finally:
                self._busy.clear()
            await asyncio.sleep(self._hands.pace.seconds("claim"))

    async def _claim(self) -> None:
        while True:
            try:
                await self._hands.owner.claim(self._hands.lease)
            except HummingbotSharedError as shared:
                self._hold(shared)
                await asyncio.sleep(self._hands.pace.seconds("claim"))
            except (UpstreamError, DatabaseUnavailableError) as error:
                _LOG.warning("upstream not claimed", code=error.code)
                await asyncio.sleep(self._hands.pace.seconds("retry"))
            else:
                self._report.hold = None
                return

    def _hold(self, shared: BaseException) -> None:
        if self._report.hold is None:
            _LOG.error("nothing is sent", reason=str(shared))
        self._report.hold = HummingbotSharedError.code

    async def _search(self, group: asyncio.TaskGroup) -> None:
        database, tick = self._hands.database, self._hands.pace.seconds("tick")
        while True:
            try:
                for bot_id in await BotRecordRepository(database).list_due():
                    if bot_id not in self._busy:
                        self._busy.add(bot_id)
                        group.create_task(self._work_on(bot_id))
                for orphan in await InstanceRepository(database).list_orphans(MOST_ORPHANS):
                    if orphan.name not in self._busy and _is_owed(orphan):
                        self._busy.add(orphan.name)
                        group.create_task(self._work_on_orphan(orphan))
            except DatabaseUnavailableError as error:
                _LOG.warning("nothing found to do", code=error.code)
            await asyncio.sleep(tick)

    async def _work_on(self, bot_id: UUID) -> None:
        async with self._alone(bot_id, bot=str(bot_id)):
            async with self._reading:
                found = await BotRecordRepository(self._hands.database).load_records([bot_id])
            step = next_step(found[0], self._limits) if found else None
            if step is not None:
                async with self._slot(step.kind):
                    await self._take(found[0], step)

    @asynccontextmanager
    async def _alone(self, key: object, **named: str) -> AsyncGenerator[None]:
        """Let a step that fails, for whatever reason, hold up nobody else's: least of all a stop.

        Raises:
            LeaseLostError: Another process leads.
            HummingbotSharedError: Another bridge acts.
        """
        try:
            yield
        except (LeaseLostError, HummingbotSharedError):
            raise
        except BridgeError as error:
            _LOG.warning("step goes on later", code=error.code, **named)
        except Exception:  # noqa: BLE001 - a mistake of ours in one bot's step is that bot's alone
            _LOG.exception("step failed", **named)
            await asyncio.sleep(self._hands.pace.seconds("retry"))
        finally:
            self._busy.discard(key)

    async def _take(self, record: Record, step: Step) -> None:
        run = record.run
        match step.kind:
            case "deploy" if run is not None:
                await self._deployer.deploy(record, run)
            case "settle_deploy" if run is not None:
                await self._deployer.settle(record, run)
            case "update" if run is not None:
                await self._update(record, run)
            case "merge":
                await self._hands.write(
                    lambda connection: self._hands.store.settle(connection, record.row.id)
                )
            case "check" if step.instance is not None:
                await self._checks.check(step.instance, record.row.id)
            case "stop_bot" | "archive" | "remove" | "kill" if step.instance is not None:
                await self._stopper.step(step.kind, step.instance, record.row.id)
            case _:
                raise AssertionError(step)

    def _slot(self, kind: Kind) -> asyncio.Semaphore:
        return self._slow if kind in _SLOW else self._quick

    async def _update(self, record: Record, run: RunPart) -> None:
        """Bring a newer revision to a running instance, if it takes that over while it runs."""
        change = self._change(record, run)
        try:
            if change and run.instance and run.config_name:
                self._in_doubt[run.id] = self._in_doubt.get(run.id, frozenset()) | change.keys()
                await self._hands.client.update_instance_config(
                    run.instance, run.config_name, change
                )
        except UpstreamError as error:
            _LOG.warning("change not taken over", instance=run.instance, code=error.code)
            pause = self._hands.pace.pause("retry")
            await self._hands.write(
                lambda connection: RunRepository(connection).postpone(run.id, run.error, pause)
            )
            return

        async def work(connection: Connection) -> None:
            runs = RunRepository(connection)
            if change is None:  # at the next start
                await runs.note_seen(run.id, record.row.revision)
            else:
                await runs.set_revision(run.id, record.row.revision, record.row.config)

        await self._hands.write_bot(record.row.id, work)
        if change is not None:
            self._in_doubt.pop(run.id, None)

    def _change(self, record: Record, run: RunPart) -> dict[str, object] | None:
        """Return what to send so that the instance runs the newest revision; None: it cannot.

        With what a change in doubt may have left there, also when the revision takes it back.
        """
        if run.revision == 0:  # adopted: nobody knows what a change would be one of
            return None
        name = run.config_name or ""
        try:
            after = controller_config(definition_of(record), name)
            change = live_change(controller_config(definition_of(record, run.config), name), after)
        except RuleError:  # it lacks what a start needs, and the next start will say so
            return None
        if change is None or drawdowns(run.config) != drawdowns(definition_of(record).config):
            return None
        doubtful = self._in_doubt.get(run.id, frozenset())
        return change | {field: after[field] for field in doubtful if field in after}

    async def _work_on_orphan(self, orphan: OrphanRow) -> None:
        async with self._alone(orphan.name, instance=orphan.name):
            moment = Moment(
                now=await self._hands.observer.now(), looked_at=self._report.last_look_at
            )
            match orphan_step(orphan, moment, self._limits):
                case None:
                    return
                case "check":
                    async with self._slot("check"):
                        await self._checks.check(orphan.name, None)
                case kind:
                    async with self._slot(kind):
                        await self._stopper.step(kind, orphan.name, None)

    async def _tidy(self) -> None:
        """Do the chores, one after the other."""
        while True:
            try:
                is_done = await self._chores.do_one()
            except DatabaseUnavailableError:
                is_done = False
            if not is_done:
                await asyncio.sleep(self._hands.pace.seconds("look_least"))


def _is_owed(orphan: OrphanRow) -> bool:
    is_open = orphan.checked_at is None or orphan.stop_asked_at is not None
    return orphan.gone_at is None and is_open

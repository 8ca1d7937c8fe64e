"""Runs, events, orphans and health as they are stored; and what people do about orphans."""

from collections import Counter
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

import msgspec

from bridge.access.caller import Caller
from bridge.audit.changes import Change
from bridge.audit.repository import EventRepository
from bridge.audit.structs import EventFilter, EventRow
from bridge.bots.markets import upstream_pair
from bridge.bots.repository import BotRepository
from bridge.bots.structs import BotRow, HealthStatus
from bridge.bots.views import bot_view, shown_of
from bridge.connectors.upstream_fields import upstream_connector
from bridge.db.failures import Connection
from bridge.db.pool import Database
from bridge.errors import (
    BotNotFoundError,
    FieldError,
    RuleError,
)
from bridge.idempotency.writes import Writes
from bridge.lifecycle.ages import apply_age
from bridge.lifecycle.answers import health_message, health_status
from bridge.lifecycle.events import OLDEST, event_filter
from bridge.lifecycle.facts import Shown
from bridge.lifecycle.orphans import MOST_ORPHANS, AdoptionError, OrphanNotFoundError
from bridge.lifecycle.records import Record, bounds_of
from bridge.lifecycle.repository import (
    BotRecordRepository,
    InstanceRepository,
    RunRepository,
)
from bridge.lifecycle.store import Store
from bridge.lifecycle.structs import (
    BotHealth,
    EventList,
    EventView,
    EventWish,
    HealthSummary,
    Json,
    OrphanAdopted,
    OrphanList,
    OrphanRow,
    OrphanStopped,
    OrphanView,
    RunList,
    RunRow,
    RunView,
)
from bridge.pages import Page, next_cursor, parse_page
from bridge.text import text_problem

_JSON: Final = msgspec.json.Decoder(Json)
_MOST_RUNS: Final = 1_000
_NEWEST: Final = datetime.max.replace(tzinfo=UTC)
_LAST_ID: Final = UUID(int=2**128 - 1)


class ReadingService:
    """Reads; none of them calls the upstream."""

    def __init__(self, database: Database, speed: float) -> None:
        self._database = database
        self._speed = speed

    async def runs(self, bot_id: UUID, account: str | None) -> RunList:
        """Return a bot's newest runs; with an account only when the bot is that one's.

        Raises:
            BotNotFoundError: There is none of this id.
        """
        await self._bot(bot_id, account)
        rows = await RunRepository(self._database).list_by_bot(bot_id, _MOST_RUNS)
        return RunList(runs=[_run_view(row) for row in rows])

    async def events_of(
        self, bot_id: UUID, account: str | None, limit: int | None, cursor: str | None
    ) -> EventList:
        """Return a page of what happened to a bot, newest first; with an account only to that's.

        Raises:
            BotNotFoundError: There is none of this id.
            RuleError: The limit or the cursor is wrong.
        """
        page = _newest_first(limit, cursor)
        await self._bot(bot_id, account)
        wanted = EventFilter(
            subject=str(bot_id),
            since=OLDEST,
            before=page.after_created_at,
            before_id=page.after_id,
        )
        return await self._events(wanted, page)

    async def events(
        self, wish: EventWish, client_id: UUID | None, limit: int | None, cursor: str | None
    ) -> EventList:
        """Return a page of what happened, newest first; with a client only since it is there.

        Raises:
            RuleError: Something that is asked for cannot be; names what.
        """
        page = _newest_first(limit, cursor)
        return await self._events(event_filter(wish, page, client_id), page)

    async def health(self, bot_id: UUID, account: str | None) -> BotHealth:
        """Return how a bot is, as it was last seen; with an account only when it is that one's.

        Raises:
            BotNotFoundError: There is none of this id.
        """
        shown = shown_of(await self._bot(bot_id, account), self._speed)
        return BotHealth(
            bot_id=bot_id,
            health_status=health_status(shown),
            health_message=health_message(shown),
            reason=shown.reason,
            since=shown.since,
        )

    async def summary(self, account: str | None) -> HealthSummary:
        """Return how many of an account's bots are how.

        Raises:
            RuleError: No account can have this name.
        """
        if problem := text_problem(account or ""):
            raise RuleError(FieldError("account", problem))
        rows = await BotRecordRepository(self._database).summarise(account)
        counts: Counter[HealthStatus] = Counter()
        for row in rows:
            shown = Shown(
                state=row.state,
                reason=row.reason,
                # Neither of these two says anything of health.
                since=row.read_at,
                known="running",
                stale=row.is_stale,
            )
            bounds = bounds_of(row.pace_seconds, self._speed)
            shown = apply_age(shown, row.last_look_at, row.read_at, bounds)
            counts[health_status(shown)] += row.bots
        return HealthSummary(
            healthy=counts["healthy"],
            stale=counts["stale"],
            stopped=counts["stopped"],
            error=counts["error"],
            unknown=counts["unknown"],
            total_bots=counts.total(),
        )

    async def orphans(self) -> OrphanList:
        """Return what runs upstream and belongs to no bot, oldest first."""
        rows = await InstanceRepository(self._database).list_orphans(MOST_ORPHANS)
        live = [row for row in rows if row.gone_at is None]
        return OrphanList(orphans=[_orphan_view(row) for row in live])

    async def _bot(self, bot_id: UUID, account: str | None) -> BotRow:
        row = await BotRepository(self._database).find_by_id(bot_id, account)
        if row is None:
            raise BotNotFoundError
        return row

    async def _events(self, wanted: EventFilter, page: Page) -> EventList:
        rows = await EventRepository(self._database).list(wanted, page.rows_wanted)
        return EventList(
            events=[_event_view(row) for row in rows[: page.limit]],
            next_cursor=next_cursor(page, rows),
        )


class OrphanService:
    """What people do about orphans."""

    def __init__(self, writes: Writes, store: Store, speed: float) -> None:
        self._writes = writes
        self._store = store
        self._speed = speed

    async def stop(self, instance: str, caller: Caller, *, is_forced: bool) -> OrphanStopped:
        """Have an orphan stopped, as a bot would be.

        Raises:
            OrphanNotFoundError: None of this name runs without a bot.
        """
        _check_name(instance)

        async def work(connection: Connection) -> OrphanStopped:
            if not await InstanceRepository(connection).ask_stop_of(instance, is_forced=is_forced):
                raise OrphanNotFoundError
            change = Change(None, "orphan.stop_requested", instance, {"force": is_forced})
            await self._store.record(connection, caller, change)
            return OrphanStopped(status="stopping", instance=instance)

        return await self._writes.write(caller, work)

    async def adopt(self, instance: str, bot_id: UUID, caller: Caller) -> OrphanAdopted:
        """Make an orphan a bot's running instance; the bot is wanted running from then on.

        Raises:
            OrphanNotFoundError: None of this name runs without a bot.
            BotNotFoundError: There is no bot of this id.
            AdoptionError: The bot has a run, or trades elsewhere.
        """
        _check_name(instance)

        async def work(connection: Connection) -> OrphanAdopted:
            record = await self._store.lock(connection, bot_id)
            orphan = await InstanceRepository(connection).lock_orphan(instance)
            if orphan is None:
                raise OrphanNotFoundError
            if record is None:
                raise BotNotFoundError
            _check_adoption(record, orphan)
            run_id = uuid4()
            await BotRecordRepository(connection).update_desired(bot_id, "running")
            await RunRepository(connection).adopt(run_id, bot_id, instance, orphan.config_name)
            await InstanceRepository(connection).give_to_bot(instance, bot_id, run_id)
            change = Change(
                record.row.account, "orphan.adopted", str(bot_id), {"instance": instance}
            )
            await self._store.settle(connection, bot_id, change=change, caller=caller)
            row = await BotRepository(connection).find_by_id(bot_id)
            if row is None:
                raise AssertionError  # it is locked here
            bot = bot_view(row, self._speed)
            return OrphanAdopted(status="adopted", instance=instance, bot=bot)

        return await self._writes.write(caller, work)


def _check_name(instance: str) -> None:
    if text_problem(instance):
        raise OrphanNotFoundError


def _check_adoption(record: Record, orphan: OrphanRow) -> None:
    row = record.row
    if record.run is not None or record.live or row.deleted_at is not None:
        raise AdoptionError("This bot has an instance of its own, or is being deleted.")
    if orphan.stop_asked_at is not None:
        raise AdoptionError("This instance is being stopped.")
    if orphan.checked_at is None or orphan.is_dud or orphan.condition in (None, "exited"):
        raise AdoptionError("This instance does not run, or has not been looked at yet.")
    wanted = (row.account, upstream_connector(row.connector), upstream_pair(row.pair))
    if wanted != (orphan.account, orphan.connector, orphan.pair):
        raise AdoptionError(
            "This instance has another account, connector or pair than the bot:"
            f" {orphan.account}, {orphan.connector}, {orphan.pair}."
        )


def _newest_first(limit: int | None, cursor: str | None) -> Page:
    page = parse_page(limit, cursor)
    return page if cursor else Page(page.limit, _NEWEST, _LAST_ID)


def _run_view(row: RunRow) -> RunView:
    return RunView(**_with(row, performance=_decoded(row.performance)))


def _event_view(row: EventRow) -> EventView:
    return EventView(**_with(row, detail=_decoded(row.detail)))


def _with(row: msgspec.Struct, **decoded: Json | None) -> Json:
    return {**msgspec.structs.asdict(row), **decoded}


def _decoded(text: str | None) -> Json | None:
    return None if text is None else _JSON.decode(text)


def _orphan_view(row: OrphanRow) -> OrphanView:
    return OrphanView(
        instance=row.name,
        instance_name=row.instance_name,
        account=row.account,
        connector=row.connector,
        pair=row.pair,
        condition=row.condition,
        first_seen_at=row.first_seen_at,
        is_stopping=row.stop_asked_at is not None,
    )

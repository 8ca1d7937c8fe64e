"""Looking: one status call for all bots, merged with what is on record; writes what has changed.

Only the leader looks. Two or three reading statements and one call are a look; one that finds what
the one before found writes nothing. The container lists block the upstream, so they are asked for
only when a question is open, or when somebody is about to deploy.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from msgspec.structs import replace

from bridge.db.failures import Connection
from bridge.db.pool import Database
from bridge.errors import DatabaseUnavailableError
from bridge.hummingbot.calls import HummingbotCalls
from bridge.hummingbot.errors import UpstreamError
from bridge.hummingbot.protocol.statuses import BotLook
from bridge.lifecycle.facts import Containers, Entry, Look, Sight
from bridge.lifecycle.figures import Figures
from bridge.lifecycle.instances import owner_of, split
from bridge.lifecycle.leader import Lease, Report, fenced, find_heartbeat
from bridge.lifecycle.orphans import Orphans
from bridge.lifecycle.pace import Pace
from bridge.lifecycle.records import Record
from bridge.lifecycle.repository import BotRecordRepository
from bridge.lifecycle.store import Store

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
_AT_A_STRETCH: Final = 8
_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class Observer:
    """The only one who asks the upstream what its bots do."""

    def __init__(
        self,
        database: Database,
        client: HummingbotCalls,
        store: Store,
        report: Report,
        pace: Pace,
    ) -> None:
        self._database = database
        self._client = client
        self._store = store
        self._report = report
        self._pace = pace
        self._figures = Figures(store)
        self._orphans = Orphans(store.ghost)
        self._wake = asyncio.Event()
        self._waiting: list[asyncio.Future[Containers]] = []
        self._listed_at = -float("inf")

    async def run(self, lease: Lease) -> None:
        """Look for as long as the lease is held."""
        while True:
            waiting, self._waiting = self._waiting, []
            self._wake.clear()
            started = time.monotonic()
            try:
                containers = await self._look(lease, is_proof_wanted=bool(waiting))
                self._report.look_error = None
            except UpstreamError as error:
                _fail(waiting, error)
                self._report.look_error = error.code
            except DatabaseUnavailableError as error:
                _fail(waiting, error)
                _LOG.warning("look not stored", code=error.code)
            except BaseException as error:
                _fail(waiting, error)
                raise
            else:
                _answer(waiting, containers)
                self._pace.looked(time.monotonic() - started)
            self._report.pace_seconds = seconds = self._pace.look_seconds()
            await self._pause(seconds)

    async def proof(self) -> Containers:
        """Return the container lists of a look that begins from now on, stored already.

        Raises:
            UpstreamError: There was no such look, or no lists.
        """
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._wake.set()
        return await future

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _look(self, lease: Lease, *, is_proof_wanted: bool) -> Containers | None:
        began = await self.now()
        started = time.monotonic()
        bots = await self._client.status()
        look = Look(
            sent_at=began,
            answered_at=began + timedelta(seconds=time.monotonic() - started),
            entries={name: _entry(bot) for name, bot in bots.items()},
        )
        records = await self._records(look.entries)
        sight = Sight(look=look, looked_at=began)
        wants_list = await self._merge(lease, records, sight)
        wants_list |= await self._orphans.settle(self._database, lease, records, sight)
        # Not before: whoever reads how old the look is must find what it saw.
        self._report.last_look_at = began
        containers = None
        if is_proof_wanted or (wants_list and self._may_list()):
            containers = await self._list(is_needed=is_proof_wanted)
        if containers is not None:
            seen = replace(sight, containers=containers)
            names = (*look.entries, *containers.active, *containers.exited)
            records = await self._records(names)
            await self._merge(lease, records, seen)
            await self._orphans.settle(self._database, lease, records, seen)
        await self._write_figures(lease, records, bots)
        return containers

    async def _records(self, names: Iterable[str]) -> list[Record]:
        bots = BotRecordRepository(self._database)
        owners = {owner for name in names if (owner := owner_of(name))}
        return await bots.load_records(await bots.list_watched(sorted(owners)))

    async def _merge(self, lease: Lease, records: Sequence[Record], sight: Sight) -> bool:
        """Store what has changed; return whether a question for the container lists is open."""
        parts = split(sight, [record.row.instance_name for record in records])
        wants_list = False
        for number, record in enumerate(records):
            if number % _AT_A_STRETCH == 0:
                await asyncio.sleep(0)  # readers wait while this goes on
            part = parts[record.row.instance_name]
            observation = self._store.observe(record, part)
            wants_list |= observation.wants_container_list or _is_leaving(record)
            if self._store.differs(record, observation):
                await self._settle(lease, record.row.id, part)
        return wants_list

    async def _settle(self, lease: Lease, bot_id: UUID, sight: Sight) -> None:
        async def work(connection: Connection) -> None:
            await self._store.settle(connection, bot_id, sight)

        await fenced(self._database, lease, work)

    def _may_list(self) -> bool:
        return time.monotonic() - self._listed_at >= self._pace.seconds("containers")

    async def _list(self, *, is_needed: bool) -> Containers | None:
        """Ask for both lists, the active one first; see `Containers`."""
        self._listed_at = time.monotonic()
        asked_at = await self.now()
        try:
            active = await self._client.list_active_containers()
            exited = await self._client.list_exited_containers()
        except UpstreamError as error:
            if is_needed:
                raise
            _LOG.warning("no container list", code=error.code)
            return None
        finally:
            self._listed_at = time.monotonic()
        return Containers(
            asked_at=asked_at,
            active=frozenset(each.name for each in active),
            exited=frozenset(each.name for each in exited),
        )

    async def _write_figures(
        self, lease: Lease, records: Sequence[Record], bots: Mapping[str, BotLook]
    ) -> None:
        if self._figures.is_due(self._pace.seconds("figures")):
            await self._figures.write(self._database, lease, records, bots)

    async def now(self) -> datetime:
        """Return the database's time, by which all others are told."""
        found = await find_heartbeat(self._database)
        if found is None:
            raise DatabaseUnavailableError
        return found.read_at


def _is_leaving(record: Record) -> bool:
    """Return whether only the container list can tell that a stop of other instances is over."""
    return any(
        each.gone_at is None
        and each.stop_sent_at is not None
        and (each.is_dud or each.condition in (None, "absent", "exited"))
        for each in record.instances
    )


def _entry(bot: BotLook) -> Entry:
    return Entry(
        status=bot.word,
        recently_active=bot.is_recently_active,
        has_figures=bot.has_figures,
        error_line=bot.last_error and bot.last_error.text,
    )


def _answer(waiting: Sequence["asyncio.Future[Containers]"], containers: Containers | None) -> None:
    for future in waiting:
        if not future.done() and containers is not None:
            future.set_result(containers)


def _fail(waiting: Sequence["asyncio.Future[Containers]"], error: BaseException) -> None:
    for future in waiting:
        if future.done():
            continue
        if isinstance(error, Exception):
            future.set_exception(error)
        else:
            future.cancel()

"""Figures of running bots: all that changed in one statement, and not at every look."""

import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from bridge.db.failures import Connection
from bridge.db.pool import Database
from bridge.hummingbot.protocol.statuses import BotLook
from bridge.hummingbot.wire import Metrics
from bridge.lifecycle.leader import Lease, fenced
from bridge.lifecycle.records import Record
from bridge.lifecycle.repository import BotRecordRepository
from bridge.lifecycle.store import Store

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number", order="deterministic")
_SUMMED: Final = (
    "realized_pnl_quote",
    "unrealized_pnl_quote",
    "global_pnl_quote",
    "volume_traded",
)
# Percentages of several controllers do not add up.
_OF_ONE: Final = ("realized_pnl_pct", "unrealized_pnl_pct", "global_pnl_pct")


class Figures:
    """Remembers what it wrote of which instance, so that figures that did not move cost nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._written: dict[str, str] = {}
        self._written_at = -float("inf")

    def is_due(self, every_seconds: float) -> bool:
        """Return whether the last write is long enough ago."""
        return time.monotonic() - self._written_at >= every_seconds

    async def write(
        self,
        database: Database,
        lease: Lease,
        records: Sequence[Record],
        bots: Mapping[str, BotLook],
    ) -> None:
        """Write the figures that differ, and raise the versions of those accounts."""
        owners = {
            instance: record.row.id
            for record in records
            if record.run and (instance := record.run.instance) and instance in bots
        }
        texts = {name: text for name in owners if (text := performance(bots[name])) is not None}
        moved = [
            (owners[name], text) for name, text in texts.items() if self._written.get(name) != text
        ]
        if not moved:
            return

        async def work(connection: Connection) -> None:
            accounts = await BotRecordRepository(connection).update_performance(moved)
            await self._store.bump(connection, accounts)

        await fenced(database, lease, work)
        self._written = texts
        self._written_at = time.monotonic()


def performance(bot: BotLook) -> str | None:
    """Return a bot's figures as JSON, summed over its controllers; None when it reports none."""
    reports = [each for each in bot.figures.values() if each is not None]
    if not reports:
        return None
    figures = {name: _sum(reports, name) for name in _SUMMED}
    if len(reports) == 1:
        figures |= {name: getattr(reports[0], name) for name in _OF_ONE}
    return _ENCODER.encode(
        {name: figure for name, figure in figures.items() if figure is not None}
    ).decode()


def _sum(reports: Sequence[Metrics], name: str) -> Decimal | None:
    given: list[Decimal] = [f for each in reports if (f := getattr(each, name)) is not None]
    return sum(given, Decimal(0)) if given else None

"""Bots, looks and a database of one dict for the tests of live reads; moments are after ``T0``."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from bridge.bots.service import Edition
from bridge.bots.structs import BotList, BotRow
from bridge.bots.views import bot_view
from bridge.errors import DatabaseUnavailableError
from bridge.lifecycle.sight import Look
from bridge.live.cache import Cache
from bridge.live.entries import Bounds
from bridge.live.snapshots import Snapshot

T0: Final = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ACCOUNT: Final = "desk-7"
OTHER: Final = "desk-8"
QUERY: Final = b"account=desk-7"
_PATIENCE_SECONDS: Final = 10

_ROW: Final = BotRow(
    UUID("00000000-0000-4000-8000-000000000001"),
    UUID("00000000-0000-4000-8000-000000000002"),
    ACCOUNT,
    "hummingbot-desk-7-000000000001",
    "SHARP/USDT spread",
    "bitmart",
    "SHARP/USDT",
    "spread",
    '{"bid_spread":0.003}',
    1,
    "running",
    "running",
    "reporting",
    T0,
    "running",
    False,  # noqa: FBT003 - as the columns have it
    None,
    "hummingbot-desk-7-000000000001-20261122-080000",
    1,
    '{"global_pnl_quote":1.5}',
    None,
    T0,
    T0,
    T0,
    1.0,
    T0,
    None,
    T0,
)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def row(**given: object) -> BotRow:
    """Make the row of a bot that runs, with a look from just now."""
    return replace(_ROW, **given)


def look(looked: float | None = 0, read: float = 0, error: str | None = None) -> Look:
    """Make what is known of a leader that has just been heard.

    Args:
        looked: When the newest look was sent; None: there was none.
        read: When that was read.
        error: Of a newer look that failed.
    """
    return Look(None if looked is None else at(looked), 1.0, at(read), error, at(read))


def edition(version: int, tag: str = "a", name: str = "", seen: Look | None = None) -> Edition:
    """Make a list of one bot, which is called after its version unless it has a name."""
    seen = look() if seen is None else seen
    bot = row(name=name or f"{version}.{tag}", **seen._asdict())
    return Edition(BotList(bots=[bot_view(bot)], next_cursor=None), version, tag, seen)


def names(snapshot: Snapshot) -> bytes:
    """Return how the bot of an `edition` is called."""
    return snapshot.plain.body.partition(b'"name":"')[2].partition(b'"')[0]


class Shelf:
    """A database whose readings can be held: what one brings is what stood here when it began.

    Attributes:
        editions: What stands here now.
        error: What a reading ends with, if it is to fail.
        reads: How many readings have begun.
        is_held: Whether readings that begin now wait for `release`.
    """

    def __init__(self) -> None:
        self.editions: dict[str | None, Edition] = {}
        self.error: Exception | None = None
        self.reads = 0
        self.is_held = False
        self._held: list[asyncio.Event] = []

    async def load(self, account: str | None) -> Edition:
        """Read as the cache does."""
        self.reads += 1
        found = self.editions.get(account, edition(0, ""))
        error = self.error
        if self.is_held:
            event = asyncio.Event()
            self._held.append(event)
            await event.wait()
        if error is not None:
            raise error
        return found

    def release(self) -> None:
        """Let the oldest reading go on."""
        self._held.pop(0).set()

    async def until_held(self, count: int = 1) -> None:
        """Wait until so many readings are held."""
        await until(lambda: len(self._held) >= count)


async def until(is_so: Callable[[], bool]) -> None:
    """Let others run until it is so."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not is_so():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0)


async def pause() -> None:
    """Let all run that can."""
    for _ in range(20):
        await asyncio.sleep(0)


def see(cache: Cache, look: Look) -> None:
    """Have a cache take a look that was asked for just now."""
    cache.see(look, time.monotonic())


def opened(shelf: Shelf, bounds: Bounds | None = None, *, is_trusted: bool = True) -> Cache:
    """Make a cache over a shelf, with the first look seen."""
    cache = Cache(bounds or Bounds(), 1.0)
    cache.open(shelf.load)
    see(cache, look())
    if is_trusted:
        cache.trust()
    return cache


async def read(cache: Cache, account: str | None = ACCOUNT) -> bytes:
    """Return how the bot of an account is called that a reader is shown."""
    return names((await cache.get(account)).snapshot)


def begin(reading: Awaitable[bytes]) -> "asyncio.Task[bytes]":
    """Let a reader wait beside the test."""
    return asyncio.ensure_future(reading)


class Watcher:
    """Follows, and keeps what it is shown."""

    def __init__(self) -> None:
        self.shown: list[Snapshot] = []

    def show(self, snapshot: Snapshot) -> None:
        """Take what was read."""
        self.shown.append(snapshot)

    @property
    def names(self) -> list[bytes]:
        """How the shown bots are called, in order."""
        return [names(snapshot) for snapshot in self.shown]


AWAY: Final = DatabaseUnavailableError("Database not available: it is away.")

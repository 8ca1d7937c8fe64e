"""Readings of the database: one at a time per list, for all who ask, and again for who follows."""

import asyncio
import hashlib
import random
import time
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
import structlog

from bridge.bots.service import Edition
from bridge.errors import BridgeError, DatabaseUnavailableError
from bridge.lifecycle.sight import Look, look_of
from bridge.live.entries import ALL, Entry, Flight
from bridge.live.held import Held
from bridge.live.snapshots import Label, Snapshot

Loader = Callable[[str | None], Awaitable[Edition]]

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
# Without the feed, the database is asked for each answer; one that hangs must not hold readers.
_PATIENCE_SECONDS: Final = 1.0
# Between two readings for followers while the list goes on changing; the one of all is long.
_PAUSE_SECONDS: Final = 0.02
_PAUSE_OF_ALL_SECONDS: Final = 0.25
_AGAIN_SECONDS: Final = 1.0
_UNHEARD_SECONDS: Final = 1.0
# Of the readings for followers; those that somebody asked for do not wait behind them.
MOST_AT_ONCE: Final = 4
_CLOSED: Final = "Database not available: the server is shutting down."


class Flights:
    """What is read, and for whom.

    Args:
        held: Takes what a flight brings.
        see: Told of the look that a reading brings, and when it was asked for.
    """

    def __init__(self, held: Held, see: Callable[[Look, float], None]) -> None:
        self._held = held
        self._see = see
        self._load: Loader | None = None
        self._fails_until = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        # Whose followers wait for their turn, first come first served: those of whom there is news,
        # and behind them those who have only grown old, which happens to all at once.
        self._lines: tuple[dict[Entry, None], dict[Entry, None]] = ({}, {})
        self._for_followers = 0

    def open(self, load: Loader) -> None:
        """Begin to read with ``load``."""
        self._load = load

    def refuse(self) -> None:
        """Begin no more readings."""
        self._load = None

    async def close(self) -> None:
        """End what is under way."""
        for entry in self._held.entries:
            self._drop_timer(entry)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def forgive(self) -> None:
        """Forget that the database failed."""
        self._fails_until = 0.0

    async def read(self, entry: Entry) -> Snapshot:
        """Return what a flight brings that can know all that is known here by now.

        Raises:
            DatabaseUnavailableError: Nothing can be read.
        """
        epoch, known, flights = entry.epoch, entry.known, entry.flights
        was_trusted = self._held.is_trusted
        while True:
            flight = entry.flight
            if flight is None:
                flight = self._take_off(entry)
            snapshot = await asyncio.shield(flight.landed)
            # What began earlier will do while changes are heard of, and all the time.
            is_told = was_trusted and self._held.is_trusted and flight.epoch >= epoch
            is_late_enough = is_told or flight.number > flights
            if is_late_enough and (snapshot.version >= known or flight.known >= known):
                return snapshot

    async def try_to_read(self, entry: Entry) -> Snapshot | None:
        """Return what `read` does; None when that fails, has just failed, or takes too long."""
        if time.monotonic() < self._fails_until:
            return None
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await self.read(entry)
        except (DatabaseUnavailableError, TimeoutError):
            self._fails_until = time.monotonic() + _AGAIN_SECONDS
            return None

    def refresh(self, entry: Entry) -> None:
        """Read for those who follow; what is under way reads again when it was too early."""
        if self._is_owed(entry):
            news, aged = self._lines
            if entry.is_outdated:
                aged.pop(entry, None)
                news[entry] = None
            elif entry not in news:
                aged[entry] = None
            self._go_on()

    def _is_owed(self, entry: Entry) -> bool:
        is_read = entry.is_current or entry.flight is not None or entry.next_flight is not None
        return bool(entry.followers) and not is_read and self._load is not None

    def _go_on(self) -> None:
        """Read for the followers whose turn it is."""
        while self._for_followers < MOST_AT_ONCE and (line := self._lines[0] or self._lines[1]):
            entry = next(iter(line))
            del line[entry]
            if not self._is_owed(entry):
                continue
            if not self._held.is_trusted and self._fails_until > 0.0:
                if time.monotonic() < self._fails_until:
                    self.refresh_later(entry)
                    continue
                # One tries for all.
                self._fails_until = time.monotonic() + _AGAIN_SECONDS
            self._for_followers += 1
            self._take_off(entry).landed.add_done_callback(self._end_turn)

    def _end_turn(self, _landed: object) -> None:
        self._for_followers -= 1
        self._go_on()

    def hurry(self, entry: Entry) -> None:
        """Read for those who follow, also when they were to wait."""
        self._drop_timer(entry)
        self.refresh(entry)

    def refresh_later(self, entry: Entry) -> None:
        """Read for those who follow, when what fails may work again."""
        self._refresh_in(entry, _AGAIN_SECONDS)

    def _refresh_in(self, entry: Entry, seconds: float) -> None:
        def now() -> None:
            entry.next_flight = None
            self.refresh(entry)

        if entry.followers and entry.next_flight is None and self._load is not None:
            if not self._held.is_trusted:
                # Nobody tells of changes, so all who follow are read for again and again.
                seconds = random.uniform(1, 2) * _UNHEARD_SECONDS  # noqa: S311 - jitter
            entry.next_flight = asyncio.get_running_loop().call_later(seconds, now)

    @staticmethod
    def _drop_timer(entry: Entry) -> None:
        if entry.next_flight is not None:
            entry.next_flight.cancel()
            entry.next_flight = None

    def _take_off(self, entry: Entry) -> Flight:
        flight = entry.flight = Flight(entry)
        task = asyncio.create_task(self._fly(entry, flight))
        self._tasks.add(task)

        def end(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if task.cancelled():
                self._lose(entry, flight, DatabaseUnavailableError(_CLOSED))
            elif (error := task.exception()) is not None:
                _LOG.error("a reading broke and is made again", exc_info=error)
                self._lose(entry, flight, error)

        task.add_done_callback(end)
        return flight

    async def _fly(self, entry: Entry, flight: Flight) -> None:
        try:
            snapshot = await self._build(entry)
        except BridgeError as error:
            self._lose(entry, flight, error)
            return
        entry.flight = None
        self._fails_until = 0.0
        self._held.land(entry, flight, snapshot)
        flight.landed.set_result(snapshot)
        self._held.tell(entry, snapshot)
        if entry.account is ALL:
            self._refresh_in(entry, _PAUSE_OF_ALL_SECONDS)
        elif not entry.is_current:
            self._refresh_in(entry, _PAUSE_SECONDS)

    def _lose(self, entry: Entry, flight: Flight, error: BaseException) -> None:
        if entry.flight is flight:
            entry.flight = None
        if not flight.landed.done():
            self._held.count(entry)
            flight.landed.set_exception(error)
            flight.landed.exception()  # nobody may wait for it
        if not self._held.is_trusted:
            self._fails_until = time.monotonic() + _AGAIN_SECONDS
        self.refresh_later(entry)

    async def _build(self, entry: Entry) -> Snapshot:
        if self._load is None:
            raise DatabaseUnavailableError(_CLOSED)
        asked_at = time.monotonic()
        edition = await self._load(entry.account)
        sight = self._held.horizon.sight
        if edition.seen is not None:
            look = look_of(edition.seen)
            self._see(look, asked_at)
            sight = self._held.horizon.sight_of(look)
        body = msgspec.json.encode(edition.bots)
        # All have no version in common, and not each change elsewhere is heard of.
        tag = _digest(body) if entry.account is ALL else edition.tag
        return Snapshot(Label(entry.account, edition.version, tag, sight), body)


def _digest(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=8).hexdigest()

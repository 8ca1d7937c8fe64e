"""The snapshots that this process holds, and which of them are current.

`hot` holds exactly those that may be sent without another thought: everything that could make one
wrong takes it out of there first. What is not there is read from the database, once for all who ask
at the same moment, by the code that the controllers use.

Three things make a snapshot wrong. A write of this process, told by `touch` before its sender is
answered; a write elsewhere, told by a hint or found by the sweep (`feed`); and time, since states
grow stale when nothing new is seen of the upstream (`see`, `tick`).
"""

import asyncio
import hashlib
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

import msgspec

from bridge.bots.service import Edition
from bridge.errors import BridgeError, DatabaseUnavailableError
from bridge.lifecycle.sight import Look, look_of
from bridge.live.ageing import reaged
from bridge.live.entries import ALL, Bounds, Entries, Entry, Flight, Follower
from bridge.live.horizon import Horizon
from bridge.live.recent import Recent
from bridge.live.snapshots import Label, Representation, Snapshot

Loader = Callable[[str | None], Awaitable[Edition]]

# Without the feed, the database is asked for each answer; one that hangs must not hold readers.
_PATIENCE_SECONDS: Final = 1.0
_HELD_SECONDS: Final = 300.0
# Between two readings for followers while the list goes on changing; the one of all is long.
_PAUSE_SECONDS: Final = 0.02
_PAUSE_OF_ALL_SECONDS: Final = 0.25
_AGAIN_SECONDS: Final = 1.0
_UNHEARD_SECONDS: Final = 1.0
_CLOSED: Final = "Database not available: the server is shutting down."


class Served(NamedTuple):
    """What a reader is given.

    Attributes:
        held_seconds: How long ago it was current, when nobody can say whether it still is.
    """

    snapshot: Snapshot
    held_seconds: float | None = None


class Cache:
    """Snapshots by account, each built once per version.

    Args:
        bounds: How much is held; lists that somebody follows stay beyond that.
        speed: By how much the lifecycle's times are shortened.

    Attributes:
        hot: Current snapshots by the query of their URL.
        horizon: How the upstream is seen now.
    """

    def __init__(self, bounds: Bounds, speed: float) -> None:
        self.hot: dict[bytes, Snapshot] = {}
        self.horizon = Horizon(speed)
        self.entries = Entries(bounds)
        self._load: Loader | None = None
        self._is_trusted = False
        self._trusted_until = 0.0
        self._fails_until = 0.0
        self._recent = Recent()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_trusted(self) -> bool:
        """Whether what is held is answered without asking the database."""
        return self._is_trusted

    def open(self, load: Loader) -> None:
        """Begin to read with ``load``; nothing is trusted before the feed says so."""
        self._load = load

    async def close(self) -> None:
        """End what is under way."""
        self._load = None
        self.distrust()
        for entry in self.entries:
            self._drop_timer(entry)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def get(self, account: str | None) -> Served:
        """Return the account's bots as they are now, or were when they could last be read.

        Raises:
            DatabaseUnavailableError: They cannot be read, and nothing is held that may be shown.
        """
        entry = self.entries.need(account)
        newest = entry.newest
        if entry.is_current and newest is not None:
            newest.was_used = True
            return Served(newest)
        return await self._read_or_hold(entry)

    def follow(self, account: str | None, follower: Follower) -> None:
        """Tell ``follower`` of each snapshot from now on, until `unfollow`."""
        entry = self.entries.need(account)
        entry.followers.add(follower)
        self._refresh(entry)

    def unfollow(self, account: str | None, follower: Follower) -> None:
        """End what `follow` began."""
        entry = self.entries.find(account)
        if entry is not None:
            entry.followers.discard(follower)
            self._count(entry)  # an event may have been made of what is held

    def touch(self, accounts: AbstractSet[str]) -> None:
        """Note that this process has written these accounts, or may have."""
        for account in accounts:
            entry = self.entries.find(account)
            if entry is not None:
                self._outdate(entry)
        self._outdate_all_bots()

    def hint(self, account: str, version: int, tag: str) -> None:
        """Take a hint that an account has a new version; late ones are told by their number."""
        if self._recent.is_late(account, version) or not self._recent.is_news(
            account, version, tag
        ):
            return
        entry = self.entries.find(account)
        if entry is not None and version >= entry.known and entry.has_news(version, tag):
            self._hear(entry, version)
        self._outdate_all_bots()

    def compare(self, versions: Iterable[tuple[str, int, str]]) -> None:
        """Compare what is held with what the database said of these accounts."""
        is_news = False
        for account, version, tag in versions:
            is_news |= self._recent.is_news(account, version, tag)
            entry = self.entries.find(account)
            # Any other version, also a lower one: a restored backup counts on from where it was.
            if entry is not None and entry.has_news(version, tag):
                self._hear(entry, version)
        if is_news:
            self._outdate_all_bots()

    def forget(self) -> None:
        """Take everything as changed."""
        for entry in self.entries:
            self._outdate(entry)

    def see(self, look: Look, asked_at: float) -> None:
        """Note what is known of the leader and its looks; `Horizon.see` has the arguments."""
        if self.horizon.see(look, asked_at):
            self._age()

    def tick(self) -> None:
        """Let the states age."""
        if self.horizon.tick():
            self._age()

    def trust(self) -> None:
        """Answer from what is held: the feed has just compared it with the database."""
        self._trusted_until = time.monotonic()
        self._fails_until = 0.0
        if self._is_trusted:
            return
        self._is_trusted = True
        for entry in self.entries:
            self._hurry(entry)

    def distrust(self) -> None:
        """Answer from the database: what changes is not heard of."""
        if not self._is_trusted:
            return
        self._is_trusted = False
        self.hot.clear()
        for entry in self.entries:
            if entry.is_current:
                entry.is_current = False
                entry.current_until = self._trusted_until
            self._refresh_in(entry, _AGAIN_SECONDS)
            self._tell_aged(entry)

    def _age(self) -> None:
        self.hot.clear()
        for entry in self.entries:
            self._invalidate(entry, is_outdated=False)
            if not self._is_trusted:
                self._tell_aged(entry)

    def _tell_aged(self, entry: Entry) -> None:
        """Show followers what was read last as it is now: perhaps nothing can be read."""
        newest = None if entry.is_outdated else entry.newest
        if newest is not None and entry.followers:
            aged = self._aged(entry, newest)
            if aged is not newest:
                self._tell(entry, aged)

    def _outdate_all_bots(self) -> None:
        entry = self.entries.find(ALL)
        if entry is not None:
            self._outdate(entry)

    def _hear(self, entry: Entry, version: int) -> None:
        if entry.newest is None or version > entry.known:
            entry.known = max(entry.known, version)
            self._invalidate(entry)
        else:  # another history: what is under way may have met the one before
            self._outdate(entry)

    def _outdate(self, entry: Entry) -> None:
        entry.epoch += 1
        self._invalidate(entry)

    def _invalidate(self, entry: Entry, *, is_outdated: bool = True) -> None:
        self.hot.pop(entry.query, None)
        if entry.is_current:
            entry.is_current = False
            entry.current_until = time.monotonic()
        entry.is_outdated |= is_outdated
        if self._is_trusted:
            self._refresh(entry)
        else:
            self._hurry(entry)

    def _refresh(self, entry: Entry) -> None:
        """Read for those who follow; what is under way reads again when it was too early."""
        is_read = entry.is_current or entry.flight is not None or entry.next_flight is not None
        if not entry.followers or is_read or self._load is None:
            return
        now = time.monotonic()
        if self._is_trusted or self._fails_until == 0.0:
            self._take_off(entry)
        elif now < self._fails_until:
            self._refresh_in(entry, _AGAIN_SECONDS)
        else:
            # One tries for all.
            self._fails_until = now + _AGAIN_SECONDS
            self._take_off(entry)

    def _hurry(self, entry: Entry) -> None:
        """Read for those who follow, also when they were to wait."""
        self._drop_timer(entry)
        self._refresh(entry)

    @staticmethod
    def _drop_timer(entry: Entry) -> None:
        if entry.next_flight is not None:
            entry.next_flight.cancel()
            entry.next_flight = None

    def _refresh_in(self, entry: Entry, seconds: float) -> None:
        def now() -> None:
            entry.next_flight = None
            self._refresh(entry)

        if entry.followers and entry.next_flight is None and self._load is not None:
            if not self._is_trusted:
                # Nobody tells of changes, so all who follow are read for again and again.
                seconds = random.uniform(1, 2) * _UNHEARD_SECONDS  # noqa: S311 - jitter
            entry.next_flight = asyncio.get_running_loop().call_later(seconds, now)

    async def _read(self, entry: Entry) -> Snapshot:
        """Return what a flight brings that can know all that is known here by now."""
        epoch, known, flights = entry.epoch, entry.known, entry.flights
        was_trusted = self._is_trusted
        while True:
            flight = entry.flight
            if flight is None:
                flight = self._take_off(entry)
            snapshot = await asyncio.shield(flight.landed)
            # What began earlier will do while changes are heard of, and all the time.
            is_told = was_trusted and self._is_trusted and flight.epoch >= epoch
            is_late_enough = is_told or flight.number > flights
            if is_late_enough and (snapshot.version >= known or flight.known >= known):
                return snapshot

    async def _read_or_hold(self, entry: Entry) -> Served:
        if _may_be_held(entry) and time.monotonic() >= self._fails_until:
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    return Served(await self._read(entry))
            except (DatabaseUnavailableError, TimeoutError):
                self._fails_until = time.monotonic() + _AGAIN_SECONDS
        newest = entry.newest
        if newest is None or not _may_be_held(entry):
            return Served(await self._read(entry))
        self.tick()
        return Served(self._aged(entry, newest), entry.held_seconds())

    def _take_off(self, entry: Entry) -> Flight:
        flight = entry.flight = Flight(entry)
        task = asyncio.create_task(self._fly(entry, flight))
        self._tasks.add(task)

        def end(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if not flight.landed.done():  # cancelled before it began
                self._lose(entry, flight, DatabaseUnavailableError(_CLOSED))

        task.add_done_callback(end)
        return flight

    async def _fly(self, entry: Entry, flight: Flight) -> None:
        try:
            snapshot = await self._build(entry)
        except BaseException as error:
            is_ours = isinstance(error, Exception)
            self._lose(entry, flight, error if is_ours else DatabaseUnavailableError(_CLOSED))
            if not self._is_trusted:
                self._fails_until = time.monotonic() + _AGAIN_SECONDS
            self._refresh_in(entry, _AGAIN_SECONDS)
            if not isinstance(error, BridgeError):
                raise
            return
        entry.flight = None
        self._fails_until = 0.0
        is_newest = entry.land(flight, snapshot)
        # One that had to go is not told of changes any more.
        is_told = self._is_trusted and self.entries.find(entry.account) is entry
        if is_newest and is_told and snapshot.sight == self.horizon.sight:
            entry.is_current = True
            self.hot[entry.query] = snapshot
        self._count(entry)
        flight.landed.set_result(snapshot)
        self._tell(entry, snapshot)
        if entry.account is ALL:
            self._refresh_in(entry, _PAUSE_OF_ALL_SECONDS)
        elif not entry.is_current:
            self._refresh_in(entry, _PAUSE_SECONDS)

    def _lose(self, entry: Entry, flight: Flight, error: Exception) -> None:
        entry.flight = None
        self._count(entry)
        flight.landed.set_exception(error)
        flight.landed.exception()  # nobody may wait for it

    async def _build(self, entry: Entry) -> Snapshot:
        if self._load is None:
            raise DatabaseUnavailableError(_CLOSED)
        asked_at = time.monotonic()
        edition = await self._load(entry.account)
        sight = self.horizon.sight
        if edition.seen is not None:
            look = look_of(edition.seen)
            self.see(look, asked_at)
            sight = self.horizon.sight_of(look)
        body = msgspec.json.encode(edition.bots)
        # All have no version in common, and not each change elsewhere is heard of.
        tag = _digest(body) if entry.account is ALL else edition.tag
        return Snapshot(Label(entry.account, edition.version, tag, sight), body)

    def _count(self, entry: Entry) -> None:
        for gone in self.entries.counted(entry):
            self.hot.pop(gone.query, None)

    def compressed(self, snapshot: Snapshot) -> Representation:
        """Return the snapshot's compressed form, made and counted when it was not there."""
        representation = snapshot.compress()
        entry = self.entries.find(snapshot.account)
        if entry is not None:
            self._count(entry)
        return representation

    def look_age(self) -> tuple[bytes, bytes] | None:
        """Return the header that says how old the newest look is; None when there was none."""
        look = self.horizon.now()
        if look is None or look.last_look_at is None:
            return None
        seconds = (look.read_at - look.last_look_at).total_seconds()
        return (b"bridge-look-age", b"%.1f" % seconds)

    def _aged(self, entry: Entry, newest: Snapshot) -> Snapshot:
        """Return what was read last as it is to be shown now; as it was when nobody can tell."""
        look, sight = self.horizon.look, self.horizon.sight
        if look is not None and newest.sight != sight and newest.sight.may_become(sight):
            newest = entry.newest = reaged(newest, look, sight, self.horizon.speed)
            self._count(entry)
        return newest

    def _tell(self, entry: Entry, snapshot: Snapshot) -> None:
        for follower in list(entry.followers):
            follower.show(snapshot)


def _may_be_held(entry: Entry) -> bool:
    """Whether what was read last may be shown when nothing can be read."""
    is_held = entry.newest is not None and entry.held_seconds() <= _HELD_SECONDS
    return is_held and not entry.is_outdated


def _digest(body: bytes) -> str:
    return hashlib.blake2b(body, digest_size=8).hexdigest()

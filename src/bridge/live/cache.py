"""The snapshots that this process holds, and which of them are current.

`hot` holds exactly those that may be sent without another thought: everything that could make one
wrong takes it out of there first. What is not there is read from the database, once for all who ask
at the same moment, by the code that the controllers use (`flights`).

Three things make a snapshot wrong. A write of this process, told by `touch` before its sender is
answered; a write elsewhere, told by a hint or found by the sweep (`feed`); and time, since states
grow stale when nothing new is seen of the upstream (`see`, `tick`).
"""

import time
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from bridge.lifecycle.sight import Look
from bridge.live.entries import ALL, Bounds, Entry, Follower
from bridge.live.flights import Flights, Loader
from bridge.live.held import Held, Served, may_be_shown
from bridge.live.recent import Recent
from bridge.live.snapshots import Representation, Snapshot


class Cache:
    """What is read of it is current.

    Args:
        bounds: How much is held; lists that somebody follows stay beyond that.
        speed: By how much the lifecycle's times are shortened.

    Attributes:
        hot: Current snapshots by the query of their URL.
        entries: All that are held.
    """

    def __init__(self, bounds: Bounds, speed: float) -> None:
        self._held = Held(bounds, speed)
        self._flights = Flights(self._held, self.see)
        self._recent = Recent()
        self._trusted_until = 0.0
        self.hot = self._held.hot
        self.entries = self._held.entries

    @property
    def is_trusted(self) -> bool:
        """Whether what is held is answered without asking the database."""
        return self._held.is_trusted

    def open(self, load: Loader) -> None:
        """Begin to read with ``load``; nothing is trusted before the feed says so."""
        self._flights.open(load)

    async def close(self) -> None:
        """End what is under way."""
        self._flights.refuse()
        self.distrust()
        await self._flights.close()

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

    def compressed(self, snapshot: Snapshot) -> Representation:
        """Return the snapshot's compressed form, made and counted when it was not there."""
        return self._held.compressed(snapshot)

    def look_age(self) -> tuple[bytes, bytes] | None:
        """Return the header that says how old the newest look is; None when there was none."""
        look = self._held.horizon.now()
        if look is None or look.last_look_at is None:
            return None
        seconds = (look.read_at - look.last_look_at).total_seconds()
        return (b"bridge-look-age", b"%.1f" % seconds)

    def follow(self, account: str | None, follower: Follower) -> None:
        """Tell ``follower`` of each snapshot from now on, until `unfollow`."""
        entry = self.entries.need(account)
        entry.followers.add(follower)
        self._flights.refresh(entry)

    def unfollow(self, account: str | None, follower: Follower) -> None:
        """End what `follow` began."""
        entry = self.entries.find(account)
        if entry is not None:
            entry.followers.discard(follower)
            self._held.count(entry)  # an event may have been made of what is held

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
        if self._held.horizon.see(look, asked_at):
            self._age()

    def tick(self) -> None:
        """Let the states age."""
        if self._held.horizon.tick():
            self._age()

    def trust(self) -> None:
        """Answer from what is held: the feed has just compared it with the database."""
        self._trusted_until = time.monotonic()
        self._flights.forgive()
        if self._held.is_trusted:
            return
        self._held.is_trusted = True
        for entry in self.entries:
            self._flights.hurry(entry)

    def distrust(self) -> None:
        """Answer from the database: what changes is not heard of."""
        if not self._held.is_trusted:
            return
        self._held.is_trusted = False
        self.hot.clear()
        for entry in self.entries:
            if entry.is_current:
                entry.is_current = False
                entry.current_until = self._trusted_until
            self._flights.refresh_later(entry)
            self._held.tell_aged(entry)

    async def _read_or_hold(self, entry: Entry) -> Served:
        if may_be_shown(entry):
            snapshot = await self._flights.try_to_read(entry)
            if snapshot is not None:
                return Served(snapshot)
        newest = entry.newest
        if newest is None or not may_be_shown(entry):
            return Served(await self._flights.read(entry))
        self.tick()
        return Served(self._held.aged(entry, newest), entry.held_seconds())

    def _age(self) -> None:
        self.hot.clear()
        for entry in self.entries:
            self._invalidate(entry, is_outdated=False)
            if not self._held.is_trusted:
                self._held.tell_aged(entry)

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
        self._held.cool(entry, is_outdated=is_outdated)
        if self._held.is_trusted:
            self._flights.refresh(entry)
        else:
            self._flights.hurry(entry)

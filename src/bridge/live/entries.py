"""The lists of bots that a process holds: what is known of each, and how many are kept."""

import asyncio
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from bridge.live.snapshots import Snapshot


class Follower(Protocol):
    """Whoever waits for what comes next."""

    def show(self, snapshot: Snapshot) -> None:
        """Take what was just read."""
        ...


ALL: Final = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is held.

    Attributes:
        entries: Most lists.
        size_bytes: About how many bytes, all in all.
    """

    entries: int = 50_000
    size_bytes: int = 128 * 1024 * 1024


class Flight:
    """One reading of the database that is under way.

    Attributes:
        number: Of this entry's flights.
        epoch: The entry's, when it began.
        known: The version that was known when it began.
        landed: The snapshot that it brought, or its failure.
    """

    __slots__ = ("epoch", "known", "landed", "number")

    def __init__(self, entry: "Entry") -> None:
        entry.flights += 1
        self.number = entry.flights
        self.epoch = entry.epoch
        self.known = entry.known
        self.landed: asyncio.Future[Snapshot] = asyncio.get_running_loop().create_future()


class Entry:
    """One account's bots, or all.

    Attributes:
        account: None for the list of all.
        query: Of the URL that asks for exactly this.
        newest: What was read last.
        size_bytes: What `Entries` has counted of it.
        is_current: Whether ``newest`` is what the database would say now.
        is_outdated: Whether something is known to have changed since ``newest`` was read.
        current_until: Monotonic time until when ``newest`` was current.
        epoch: Counts the writes of this process: a flight that began before one proves nothing.
        known: The highest version that was heard of.
        flight: What is under way.
        flights: How many have begun.
        next_flight: When followers have to wait a little for the next one.
        followers: Told of each snapshot that is read while they are here.
    """

    __slots__ = (
        "account",
        "current_until",
        "epoch",
        "flight",
        "flights",
        "followers",
        "is_current",
        "is_outdated",
        "known",
        "newest",
        "next_flight",
        "query",
        "size_bytes",
    )

    def __init__(self, account: str | None) -> None:
        self.account = account
        self.query = b"" if account is None else b"account=" + account.encode()
        self.newest: Snapshot | None = None
        self.size_bytes = 0
        self.is_current = False
        self.is_outdated = False
        self.current_until = 0.0
        self.epoch = 0
        self.known = 0
        self.flight: Flight | None = None
        self.flights = 0
        self.next_flight: asyncio.TimerHandle | None = None
        self.followers: set[Follower] = set()

    def held_seconds(self) -> float:
        """Return how long ago ``newest`` was current; for ever when nothing was read."""
        return math.inf if self.newest is None else time.monotonic() - self.current_until

    def has_news(self, version: int, tag: str) -> bool:
        """Whether a version that was heard of is another one than that of ``newest``."""
        newest = self.newest
        return newest is None or (newest.version, newest.tag) != (version, tag)

    def land(self, flight: Flight, snapshot: Snapshot) -> bool:
        """Take what a flight brought; return whether it holds all that is known here."""
        self.newest = snapshot
        self.current_until = time.monotonic()
        # What began after a hint and still brings less has met a database that was set back.
        knows = snapshot.version >= self.known or flight.known >= self.known
        if flight.epoch != self.epoch or not knows:
            return False
        self.known = snapshot.version
        self.is_outdated = False
        return True


class Entries:
    """Entries by account; those that nobody used for long go first when there are too many."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._by_account: dict[str | None, Entry] = {}
        self._size_bytes = 0

    def __iter__(self) -> Iterator[Entry]:
        """Iterate over those of this moment."""
        return iter(list(self._by_account.values()))

    def __len__(self) -> int:
        return len(self._by_account)

    def accounts(self) -> list[str]:
        """Return the accounts of which something is held."""
        return [account for account in self._by_account if account is not None]

    @property
    def size_bytes(self) -> int:
        """About how much memory the snapshots take."""
        return self._size_bytes

    def find(self, account: str | None) -> Entry | None:
        """Return the entry, or None."""
        return self._by_account.get(account)

    def need(self, account: str | None) -> Entry:
        """Return the entry, a new one when there is none."""
        entry = self._by_account.get(account)
        if entry is None:
            entry = self._by_account[account] = Entry(account)
        return entry

    def counted(self, entry: Entry) -> list[Entry]:
        """Count what an entry holds now; return those that had to go for it."""
        if self._by_account.get(entry.account) is entry:
            self._count(entry, 0 if entry.newest is None else entry.newest.size_bytes)
        gone: list[Entry] = []
        for _ in range(2 * len(self._by_account)):
            is_full = (
                len(self._by_account) > self._bounds.entries
                or self._size_bytes > self._bounds.size_bytes
            )
            if not is_full:
                break
            account, oldest = next(iter(self._by_account.items()))
            del self._by_account[account]
            newest = oldest.newest
            if oldest.flight or oldest.followers or (newest is not None and newest.was_used):
                # Once around: whoever is not used until then goes.
                if newest is not None:
                    newest.was_used = False
                self._by_account[account] = oldest
                continue
            self._count(oldest, 0)
            gone.append(oldest)
        return gone

    def _count(self, entry: Entry, size_bytes: int) -> None:
        self._size_bytes += size_bytes - entry.size_bytes
        entry.size_bytes = size_bytes

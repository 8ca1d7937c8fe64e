"""What this process holds: snapshots, those of them that are hot, and who is shown them."""

import time
from typing import Final, NamedTuple

from bridge.live.ageing import reaged
from bridge.live.entries import Bounds, Entries, Entry, Flight
from bridge.live.horizon import Horizon
from bridge.live.snapshots import Representation, Snapshot

_HELD_SECONDS: Final = 300.0


class Served(NamedTuple):
    """What a reader is given.

    Attributes:
        held_seconds: How long ago it was current, when nobody can say whether it still is.
    """

    snapshot: Snapshot
    held_seconds: float | None = None


class Held:
    """Snapshots by account, each built once per version.

    Args:
        bounds: How much is held; lists that somebody follows stay beyond that.
        speed: By how much the lifecycle's times are shortened.

    Attributes:
        hot: Current snapshots by the query of their URL.
        horizon: How the upstream is seen now.
        is_trusted: Whether changes are heard of, so that the database need not be asked.
    """

    def __init__(self, bounds: Bounds, speed: float) -> None:
        self.hot: dict[bytes, Snapshot] = {}
        self.horizon = Horizon(speed)
        self.entries = Entries(bounds)
        self.is_trusted = False

    def land(self, entry: Entry, flight: Flight, snapshot: Snapshot) -> None:
        """Take what a flight brought; it is hot when nothing is known that it lacks."""
        is_newest = entry.land(flight, snapshot)
        # One that had to go is not told of changes any more.
        is_told = self.is_trusted and self.entries.find(entry.account) is entry
        if is_newest and is_told and snapshot.sight == self.horizon.sight:
            entry.is_current = True
            self.hot[entry.query] = snapshot
        self.count(entry)

    def cool(self, entry: Entry, *, is_outdated: bool) -> None:
        """Send what is held of an entry no more without another thought."""
        self.hot.pop(entry.query, None)
        if entry.is_current:
            entry.is_current = False
            entry.current_until = time.monotonic()
        entry.is_outdated |= is_outdated

    def count(self, entry: Entry) -> None:
        """Count what an entry takes now, and drop what nobody used when that is too much."""
        for gone in self.entries.counted(entry):
            self.hot.pop(gone.query, None)

    def compressed(self, snapshot: Snapshot) -> Representation:
        """Return the snapshot's compressed form, made and counted when it was not there."""
        representation = snapshot.compress()
        entry = self.entries.find(snapshot.account)
        if entry is not None:
            self.count(entry)
        return representation

    def aged(self, entry: Entry, newest: Snapshot) -> Snapshot:
        """Return what was read last as it is to be shown now; as it was when nobody can tell."""
        look, sight = self.horizon.look, self.horizon.sight
        if look is not None and newest.sight != sight and newest.sight.may_become(sight):
            newest = entry.newest = reaged(newest, look, sight, self.horizon.speed)
            self.count(entry)
        return newest

    def tell(self, entry: Entry, snapshot: Snapshot) -> None:
        """Show it to those who follow."""
        for follower in list(entry.followers):
            follower.show(snapshot)

    def tell_aged(self, entry: Entry) -> None:
        """Show followers what was read last as it is now: perhaps nothing can be read."""
        newest = None if entry.is_outdated else entry.newest
        if newest is not None and entry.followers:
            aged = self.aged(entry, newest)
            if aged is not newest:
                self.tell(entry, aged)


def may_be_shown(entry: Entry) -> bool:
    """Whether what was read last may be shown when nothing can be read."""
    is_held = entry.newest is not None and entry.held_seconds() <= _HELD_SECONDS
    return is_held and not entry.is_outdated

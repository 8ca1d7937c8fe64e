"""How well this service sees the upstream at a moment; every shown state depends on it alike. Pure.

What readers are shown changes when nothing is written: the newest look grows old. `sight_of` names
all of that change: as long as it returns the same, the same rows are shown the same.
"""

from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple, Protocol

from bridge.lifecycle.records import bounds_of

# Far beyond any lease: then nobody leads.
NO_LEADER: Final = timedelta(seconds=15)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Age = Literal["fresh", "stale", "blind"]
_AGES: Final[tuple[Age, ...]] = ("fresh", "stale", "blind")


class Seen(Protocol):
    """A row that says how old the last look is."""

    @property
    def last_look_at(self) -> datetime | None:
        """When the newest decodable look was sent."""
        ...

    @property
    def pace_seconds(self) -> float | None:
        """From one look to the next."""
        ...

    @property
    def beat_at(self) -> datetime | None:
        """When the leader was last heard."""
        ...

    @property
    def look_error(self) -> str | None:
        """Code of the error with which the newest look failed."""
        ...

    @property
    def read_at(self) -> datetime:
        """When the row was read."""
        ...


class Look(NamedTuple):
    """What is known of the leader and its looks, without the row that it came with."""

    last_look_at: datetime | None
    pace_seconds: float | None
    beat_at: datetime | None
    look_error: str | None
    read_at: datetime

    def later(self, seconds: float) -> "Look":
        """Return the same, as if it were read so much later."""
        return self._replace(read_at=self.read_at + timedelta(seconds=seconds))


class Sight(NamedTuple):
    """How well the upstream is seen.

    Attributes:
        age: Of the newest look: ``blind`` when it says nothing any more, or there was none.
        why: Why nothing newer is known, empty when nothing is wrong.
        blind_since: Microseconds since 1970; 0 unless ``blind`` after a look.
    """

    age: Age
    why: str
    blind_since: int

    @property
    def token(self) -> str:
        """The sight in the characters of an entity tag; equal for equal sights only."""
        parts = (self.age, self.why, format(self.blind_since, "x") if self.blind_since else "")
        return ".".join(part for part in parts if part)

    def may_become(self, later: "Sight") -> bool:
        """Whether what was shown under this sight can be turned into what ``later`` would show.

        What a look has not settled for too long is shown as unknown, and what it was is lost then:
        only another reading can tell after a newer look.
        """
        if later.age == self.age != "fresh":
            return later.blind_since == self.blind_since
        return _AGES.index(later.age) >= _AGES.index(self.age)


def look_of(seen: Seen) -> Look:
    """Return what a row says of the leader and its looks."""
    return Look(seen.last_look_at, seen.pace_seconds, seen.beat_at, seen.look_error, seen.read_at)


def sight_of(seen: Seen, now: datetime, speed: float) -> Sight:
    """Return how well the upstream is seen.

    Args:
        seen: What is known of the leader and its looks.
        now: By the database's clock.
        speed: By how much the lifecycle's times are shortened.
    """
    is_led = seen.beat_at is not None and now - seen.beat_at <= NO_LEADER
    why = (seen.look_error or "") if is_led else "no_leader"
    if seen.last_look_at is None:
        return Sight("blind", why, 0)
    bounds = bounds_of(seen.pace_seconds, speed)
    age = now - seen.last_look_at
    if age <= bounds.fresh:
        return Sight("fresh", why, 0)
    if age <= bounds.bound:
        return Sight("stale", why, 0)
    fallen_at = seen.last_look_at + bounds.bound
    return Sight("blind", why, (fallen_at - _EPOCH) // timedelta(microseconds=1))

"""Every pause of the leader, in one place; against a sped-up simulator all of them are shorter."""

import statistics
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bridge.lifecycle.facts import Bounds, Times

_REMEMBERED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """Seconds, as they are against a real upstream.

    Attributes:
        tick: Between two searches for something to do.
        look_least, look_most: Between two looks; in between, ten times what a look takes.
        containers: Between two questions for the container lists, which block the upstream.
        figures: Between two writes of figures.
        retry: After a call that failed.
        retell: Until a bot that does not obey is told to stop again; a stop makes the upstream
            forget what the bot had reported, so telling it often would hide its answer.
        silent: How long the upstream calls a bot active that sends nothing any more.
        rearchive: After an archive whose container is still there.
        archive_slot: How long an archive blocks the upstream, and others wait.
        claim: Between two tries to claim an upstream that is another bridge's.
    """

    tick: float = 0.25
    look_least: float = 1.0
    look_most: float = 15.0
    containers: float = 5.0
    figures: float = 10.0
    retry: float = 2.0
    retell: float = 40.0
    silent: float = 30.0
    rearchive: float = 60.0
    archive_slot: float = 20.0
    claim: float = 10.0


class Pace:
    """How often things happen at a speed.

    Args:
        speed: By how much every time is shortened.
        pauses: At speed 1.
    """

    def __init__(self, speed: float, pauses: Pauses | None = None) -> None:
        self.speed = speed
        self._pauses = pauses or Pauses()
        self._looks: deque[float] = deque(maxlen=_REMEMBERED)

    def seconds(self, name: str) -> float:
        """Return one of the pauses, shortened."""
        return float(getattr(self._pauses, name)) / self.speed

    def pause(self, name: str) -> timedelta:
        """Return one of the pauses, shortened."""
        return timedelta(seconds=self.seconds(name))

    def looked(self, took_seconds: float) -> None:
        """Note how long a look took."""
        self._looks.append(took_seconds)

    def look_seconds(self) -> float:
        """Return the time between two looks: one of them takes a tenth of it at most."""
        usual = 10 * statistics.median(self._looks) if self._looks else 0.0
        return min(max(usual, self.seconds("look_least")), self.seconds("look_most"))


def shortened(times: Times, speed: float) -> Times:
    """Return the limits of the merge at a speed."""
    return Times(
        grace=times.grace / speed,
        in_doubt=times.in_doubt / speed,
        idle=times.idle / speed,
        ghost=times.ghost / speed,
        start_expiry=times.start_expiry / speed,
        stop_patience=times.stop_patience / speed,
        bounds=Bounds(fresh=times.bounds.fresh / speed, bound=times.bounds.bound / speed),
    )

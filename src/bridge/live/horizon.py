"""How this process sees the upstream between two readings of the leader's heartbeat."""

import time
from typing import Final

from bridge.lifecycle.sight import Look, Sight, sight_of

NEVER_SEEN: Final = Sight("blind", "no_leader", 0)


class Horizon:
    """The newest look that was heard of, and what it is worth by now.

    Args:
        speed: By how much the lifecycle's times are shortened.

    Attributes:
        sight: As of the last `see` or `tick`.
        look: The newest look as if it were read then; None: none was heard of.
    """

    def __init__(self, speed: float) -> None:
        self.sight = NEVER_SEEN
        self.look: Look | None = None
        self.speed = speed
        self._newest: Look | None = None
        self._heard_at = 0.0

    def see(self, look: Look, asked_at: float) -> bool:
        """Take what was read of the leader; return whether `sight` is another now.

        Args:
            look: As it was read.
            asked_at: Monotonic time when that was asked for. After the newest one was heard, it is
                newer, also by a database's clock that was set back.
        """
        before = self._newest
        if before is None or look.read_at > before.read_at or asked_at > self._heard_at:
            self._newest, self._heard_at = look, time.monotonic()
        return self.tick()

    def tick(self) -> bool:
        """Let the look age; return whether `sight` is another now."""
        self.look = self.now()
        if self.look is None:
            return False
        before, self.sight = self.sight, self.sight_of(self.look)
        return before != self.sight

    def now(self) -> Look | None:
        """Return the newest look as if it were read now; None: none was heard of."""
        if self._newest is None:
            return None
        return self._newest.later(time.monotonic() - self._heard_at)

    def sight_of(self, look: Look) -> Sight:
        """Return what a look is worth at the moment when it was read."""
        return sight_of(look, look.read_at, self.speed)

"""What happens by itself, in order of time; an effect sees the moment at which it was due.

Nothing runs in the background: whoever looks calls ``run_until`` first. So the world is the same
whether it was looked at every millisecond or once an hour.
"""

import heapq
from collections.abc import Callable
from itertools import count

Effect = Callable[[], None]


class Agenda:
    """The moment that the world has reached, and what is due later."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Effect]] = []
        self._order = count()

    def at(self, moment: float, effect: Effect) -> None:
        """Have ``effect`` happen at ``moment``; of equal moments the first asked for goes first."""
        heapq.heappush(self._due, (max(moment, self.now), next(self._order), effect))

    def after(self, seconds: float, effect: Effect) -> None:
        """Have ``effect`` happen that many simulated seconds from now."""
        self.at(self.now + seconds, effect)

    def run_until(self, moment: float) -> None:
        """Let everything happen that is due by ``moment``, effects of effects included."""
        while self._due and self._due[0][0] <= moment:
            due, _, effect = heapq.heappop(self._due)
            self.now = due
            effect()
        self.now = max(self.now, moment)

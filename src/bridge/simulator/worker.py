"""The upstream's only worker: while it is held, every request waits."""

from bridge.simulator.agenda import Agenda


class Worker:
    """Until when nothing is answered."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self.busy_until = 0.0

    def hold(self, seconds: float) -> None:
        """Keep it busy for that many simulated seconds, after what it is busy with."""
        self.busy_until = max(self.busy_until, self._agenda.now) + seconds

    def hold_until(self, moment: float) -> None:
        """Keep it busy until then at least."""
        self.busy_until = max(self.busy_until, moment)

"""A circuit breaker: after several failures in a row the upstream is left alone for a while.

Closed lets every call pass. Open refuses all of them, which costs nothing and keeps callers from
waiting for a time-out each. After a pause it is half open: one call without effect may try. Calls
with an effect have to wait for its success, for a failed one of theirs leaves a doubt behind.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

State = Literal["closed", "open", "half-open"]
Permit = Literal["pass", "probe", "refuse"]


@dataclass(frozen=True, slots=True)
class BreakerView:
    """What /health and metrics show.

    Attributes:
        failures: In a row, up to now.
        last_failure: Code of the newest error; empty after a success.
    """

    state: State
    failures: int
    last_failure: str


class Breaker:
    """Counts failures in a row; knows nothing about what fails.

    Args:
        clock: Seconds, monotonic.
        failures_to_open: How many in a row open it.
        pause_seconds: How long it stays open before the next try.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        failures_to_open: int = 5,
        pause_seconds: float = 5.0,
    ) -> None:
        self._clock = clock
        self._failures_to_open = failures_to_open
        self._pause_seconds = pause_seconds
        self._failures = 0
        self._last_failure = ""
        self._open_until: float | None = None
        self._is_probing = False

    @property
    def view(self) -> BreakerView:
        """How it stands now."""
        return BreakerView(self._state(), self._failures, self._last_failure)

    def ask(self, *, may_probe: bool) -> Permit:
        """Say whether a call may be sent. Every permit is given back by one of the other methods.

        Args:
            may_probe: Whether the call may be the one that tries a half-open circuit.
        """
        match self._state():
            case "closed":
                return "pass"
            case "half-open" if may_probe and not self._is_probing:
                self._is_probing = True
                return "probe"
            case _:
                return "refuse"

    def succeeded(self) -> None:
        """Close the circuit: a call was answered."""
        self._failures = 0
        self._last_failure = ""
        self._open_until = None
        self._is_probing = False

    def failed(self, permit: Permit, code: str) -> None:
        """Count a failure; one too many in a row opens the circuit, and a failed probe again."""
        self._failures += 1
        self._last_failure = code
        if permit == "probe":
            self._is_probing = False
        if self._failures >= self._failures_to_open:
            self._open_until = self._clock() + self._pause_seconds

    def abandoned(self, permit: Permit) -> None:
        """Give back the permit of a call that ended without a result, such as a cancelled one."""
        if permit == "probe":
            self._is_probing = False

    def _state(self) -> State:
        if self._open_until is None:
            return "closed"
        return "open" if self._clock() < self._open_until else "half-open"

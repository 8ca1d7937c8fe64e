"""Traps for nodes, and the notes they leave: files, for a killed process says nothing any more."""

import os
from collections import Counter
from pathlib import Path
from typing import Final, Literal

import msgspec

TRAPS_VARIABLE: Final = "BRIDGE_TEST_TRAPS"
PARENT_VARIABLE: Final = "BRIDGE_TEST_PARENT"
TRAP_FILE: Final = "trap.json"
_ARRIVALS_FILE: Final = "arrivals.txt"


class Trap(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to the first node that comes to a step so many times.

    Attributes:
        serial: Tells this trap from all others of a test.
    """

    serial: str
    step: str
    action: Literal["kill", "freeze"]
    arrival: int = 1

    @property
    def sprung_name(self) -> str:
        """Name of the file that says who was caught."""
        return f"sprung-{self.serial}"


def read_trap(path: Path) -> Trap | None:
    """Return the trap that is set now."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Trap)
    except FileNotFoundError:
        return None


class Arrivals:
    """How often nodes came to each step; many processes write, a line each."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _ARRIVALS_FILE
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(self, step: str) -> None:
        os.write(self._file, f"{step}\n".encode())

    def counts(self) -> Counter[str]:
        return Counter(self._path.read_text("ascii").split())


class Traps:
    """Sets traps, one at a time, and says who was caught."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._set = 0
        self.arrivals = Arrivals(folder)
        self.caught: Counter[str] = Counter()

    def set(self, step: str, action: Literal["kill", "freeze"], arrival: int = 1) -> Trap:
        """Set a trap in place of the one before."""
        self._set += 1
        trap = Trap(serial=str(self._set), step=step, action=action, arrival=arrival)
        new = self._folder / "new"
        new.write_bytes(msgspec.json.encode(trap))
        new.rename(self._folder / TRAP_FILE)
        return trap

    def take_away(self) -> None:
        (self._folder / TRAP_FILE).unlink(missing_ok=True)

    def victim(self, trap: Trap) -> int | None:
        """Return the process that was caught; None: nobody yet."""
        try:
            text = (self._folder / trap.sprung_name).read_text("ascii")
        except FileNotFoundError:
            return None
        return int(text) if text.endswith("\n") and text.strip().isdigit() else None

"""Simulated time: how much of it has passed, and how to wait for more."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Seconds of simulated time; the only source of time in this package."""

    def now(self) -> float:
        """Return the seconds since the simulation began; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return when that many simulated seconds have passed."""
        ...


class ScaledClock:
    """Real time, times ``speed``: at speed 50 a wait of 15 s takes 0.3 s."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._began = time.monotonic()

    def now(self) -> float:
        """Return the simulated seconds since this clock was made."""
        return (time.monotonic() - self._began) * self._speed

    async def sleep(self, seconds: float) -> None:
        """Wait for that many simulated seconds."""
        await asyncio.sleep(seconds / self._speed)

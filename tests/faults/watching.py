"""Readers that never stop reading, and what they were shown held against what was so."""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from tests.faults.fleet import Fleet, Json

# Simulated seconds. The upstream tells a silent bot from a running one after 30.
_SILENCE: Final = 30.0
# How old a look may be before it says nothing any more.
BOUND: Final = 60.0
# Real seconds: for a look, a read, and a machine that is busy with something else.
_SLACK_SECONDS: Final = 2.0
_PAUSE_SECONDS: Final = 0.05


@dataclass(frozen=True)
class Glance:
    """What one read of one bot showed.

    Attributes:
        asked_at: Simulated seconds, like ``answered_at``.
    """

    bot_id: str
    instance_name: str
    asked_at: float
    answered_at: float
    status: int
    runtime: Json


class Watch:
    """All that was shown while it went on."""

    def __init__(self, fleet: Fleet, speed: float) -> None:
        self._fleet = fleet
        self._speed = speed
        self._began = 0.0
        self.glances: list[Glance] = []

    async def calibrate(self) -> None:
        """Find out what the simulator's clock says."""
        self._began = await self._fleet.door.now() - time.monotonic() * self._speed

    def now(self) -> float:
        """Return the simulated seconds."""
        return self._began + time.monotonic() * self._speed

    async def read(self, bots: Sequence[Json]) -> None:
        """Read these bots, from one node after the other, until cancelled."""
        nodes = self._fleet.nodes
        while True:
            for node in nodes:
                for bot in bots:
                    asked_at = self.now()
                    answer = await self._fleet.ask_node(node, "GET", f"/bots/{bot['id']}")
                    status = 0 if answer is None else answer.status
                    self.glances.append(
                        Glance(
                            bot["id"],
                            bot["instance_name"],
                            asked_at,
                            self.now(),
                            status,
                            answer.json["runtime"] if answer and status == 200 else {},
                        )
                    )
            await asyncio.sleep(_PAUSE_SECONDS)

    def refused(self) -> list[Glance]:
        """Return the reads that were not answered."""
        return [glance for glance in self.glances if glance.status != 200]

    def lies(self, lives: Sequence[Json]) -> list[Glance]:
        """Return what was shown running or stopped against the ledger."""
        return [glance for glance in self.glances if self._is_lie(glance, lives)]

    def _is_lie(self, glance: Glance, lives: Sequence[Json]) -> bool:
        own = [x for x in lives if x["instance_name"] == glance.instance_name and x["traded"]]
        state = glance.runtime.get("state")
        if state == "stopped":
            return any(
                life["trading_from"] < glance.asked_at
                and (life["trading_until"] or float("inf")) > glance.answered_at
                for life in own
            )
        if state != "running":
            return False
        # What is stale says itself that it is old, until the look says nothing any more.
        age = _SILENCE + (BOUND if glance.runtime["stale"] else 0)
        since = glance.asked_at - age - _SLACK_SECONDS * self._speed
        return not any(
            life["trading_from"] <= glance.answered_at
            and (life["trading_until"] or float("inf")) >= since
            for life in own
        )


@asynccontextmanager
async def watching(fleet: Fleet, speed: float, bots: Sequence[Json]) -> AsyncGenerator[Watch]:
    """Read these bots all the time while the block runs."""
    watch = Watch(fleet, speed)
    await watch.calibrate()
    task = asyncio.create_task(watch.read(bots))
    try:
        yield watch
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()

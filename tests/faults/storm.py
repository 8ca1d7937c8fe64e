"""Many bots that start and stop all the time, and a leader that is killed again and again."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final, Literal

import msgspec
from tests.contract.simulator_door import DEPLOY
from tests.faults.fleet import Fleet, Json
from tests.faults.kills import DUD_STEPS, FAULT_BEFORE, STEPS, plant_dud

_SPRING_SECONDS: Final = 20.0
_ORDER_SECONDS: Final = 60.0
# Of the starts, so many are taken back before the bot runs.
_COUNTERMANDED: Final = 0.15


class Order(msgspec.Struct, kw_only=True):
    """One start or stop that was acknowledged.

    Attributes:
        done_at: When the bot was shown as it was wanted; None: not within a minute.
        is_countermanded: A stop was asked for before it ran.
    """

    kind: Literal["start", "stop"]
    asked_at: float
    done_at: float | None = None
    is_countermanded: bool = False


class Storm:
    """What was asked for, and what was killed.

    Attributes:
        kills: When.
        hits: Kills per step.
        misses: Traps that nobody came to in time, per step.
    """

    def __init__(self, fleet: Fleet, seed: int) -> None:
        self._fleet = fleet
        self._random = random.Random(seed)  # noqa: S311 - a course that can be run again
        self.orders: list[Order] = []
        self.kills: list[float] = []
        self.hits: Counter[str] = Counter(dict.fromkeys(STEPS, 0))
        self.misses: Counter[str] = Counter()

    @asynccontextmanager
    async def blowing(self, bots: int) -> AsyncGenerator[list[Json]]:
        """Start and stop bots while the block runs; in the end all of them are asked to stop."""
        account = await self._fleet.make_client()
        made = [await self._fleet.make_bot(account) for _ in range(bots)]
        ending = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for bot in made:
                group.create_task(self._drive(bot, ending))
            yield made
            ending.set()

    async def kill_once(self, dud_bot: Json) -> None:
        """Kill the leader at the step that was killed at least often."""
        fleet = self._fleet
        await fleet.until_all_answer()
        step = min(STEPS, key=lambda name: (self.hits[name] + self.misses[name], name))
        arrival = 1 if step in DUD_STEPS else self._random.choice((1, 1, 2))
        trap = fleet.traps.set(step, "kill", arrival)
        if step in FAULT_BEFORE:
            await fleet.door.fault(FAULT_BEFORE[step], path=DEPLOY, times=trap.arrival)
        if step in DUD_STEPS:
            await plant_dud(fleet, dud_bot)
        try:
            victim = await fleet.victim(trap, _SPRING_SECONDS)
        except AssertionError:
            fleet.traps.take_away()
            self.misses[step] += 1
            return
        finally:
            if step in FAULT_BEFORE:
                await fleet.door.end(FAULT_BEFORE[step])
        self.kills.append(time.monotonic())
        self.hits[step] += 1
        await victim.start()

    def convergences(self) -> list[float]:
        """Return how long after the last kill before its end each order was carried out."""
        seconds: list[float] = []
        for order in self.orders:
            if order.done_at is None:
                continue
            during = [at for at in self.kills if order.asked_at < at < order.done_at]
            seconds += [order.done_at - during[-1]] if during else []
        return sorted(seconds)

    async def _drive(self, bot: Json, ending: asyncio.Event) -> None:
        while not ending.is_set():
            start = await self._order(bot, "start")
            if self._random.random() < _COUNTERMANDED:
                start.is_countermanded = True
                await asyncio.sleep(self._random.uniform(0, 0.4))
            else:
                await self._carried_out(bot, start)
                await asyncio.sleep(self._random.uniform(0, 0.3))
            await self._carried_out(bot, await self._order(bot, "stop"))
            await asyncio.sleep(self._random.uniform(0, 0.3))

    async def _order(self, bot: Json, kind: Literal["start", "stop"]) -> Order:
        await (self._fleet.start if kind == "start" else self._fleet.stop)(bot["id"])
        order = Order(kind=kind, asked_at=time.monotonic())
        self.orders.append(order)
        return order

    async def _carried_out(self, bot: Json, order: Order) -> None:
        state = "running" if order.kind == "start" else "stopped"
        try:
            await self._fleet.until_state(bot["id"], state, within=_ORDER_SECONDS)
        except AssertionError:
            return
        order.done_at = time.monotonic()

"""The only worker keeps callers waiting; faults are waited for; nothing sleeps for real."""

import asyncio
from datetime import UTC, datetime

from bridge.simulator.clock import ScaledClock
from bridge.simulator.faults import Fault
from bridge.simulator.simulation import Simulation
from bridge.simulator.world import World


class Hands:
    """A clock whose sleepers wake only when it is moved."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self.seconds + seconds, woken))
        await woken.wait()

    async def move(self, seconds: float) -> None:
        self.seconds += seconds
        for due, woken in self._sleepers:
            if due <= self.seconds:
                woken.set()
        for _ in range(10):  # Let those that woke run as far as they can.
            await asyncio.sleep(0)


def simulate(clock: Hands) -> Simulation:
    return Simulation(clock, lambda: World(datetime(2026, 11, 22, tzinfo=UTC)))


async def test_everybody_waits_while_the_worker_is_held() -> None:
    clock = Hands()
    simulation = simulate(clock)
    (await simulation.turn()).worker.hold(3.5)

    waiting = [asyncio.ensure_future(simulation.turn()) for _ in range(2)]
    await clock.move(3.4)
    assert not any(call.done() for call in waiting)
    await clock.move(0.2)

    assert all(call.done() for call in waiting)


async def test_who_woke_first_may_hold_the_worker_again() -> None:
    clock = Hands()
    simulation = simulate(clock)
    (await simulation.turn()).worker.hold(1)

    async def hold() -> None:
        (await simulation.turn()).worker.hold(5)

    first = asyncio.ensure_future(hold())
    await asyncio.sleep(0)
    second = asyncio.ensure_future(simulation.turn())
    await asyncio.sleep(0)
    await clock.move(1)
    assert first.done()
    assert not second.done()

    await clock.move(5)
    assert second.done()


async def test_fault_is_waited_for_until_its_time_is_over() -> None:
    clock = Hands()
    simulation = simulate(clock)
    fault = Fault("hang", until=30)
    simulation.world.faults.order(fault)

    waiting = asyncio.ensure_future(simulation.until_over(fault))
    await clock.move(29)
    assert not waiting.done()
    await clock.move(2)

    assert waiting.done()
    assert fault.ended.is_set()


async def test_fault_is_waited_for_until_it_is_ended_by_order() -> None:
    clock = Hands()
    simulation = simulate(clock)
    fault = Fault("hang", until=30)
    simulation.world.faults.order(fault)
    waiting = asyncio.ensure_future(simulation.until_over(fault))
    await clock.move(1)

    simulation.world.faults.end("hang")
    await clock.move(0)

    assert waiting.done()


async def test_reset_begins_at_moment_zero() -> None:
    clock = Hands()
    simulation = simulate(clock)
    await clock.move(100)
    simulation.catch_up().accounts.add("acme")

    simulation.reset()

    assert simulation.catch_up().agenda.now == 0
    assert simulation.world.accounts.names() == ["master_account"]


def test_scaled_clock_runs_faster() -> None:
    slow, fast = ScaledClock(1), ScaledClock(1_000_000)

    assert fast.now() > slow.now()

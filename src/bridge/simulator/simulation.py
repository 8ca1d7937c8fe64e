"""A world and the clock that moves it; what the HTTP side shares."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from bridge.simulator.clock import Clock
from bridge.simulator.faults import Fault
from bridge.simulator.world import World


@dataclass(frozen=True, slots=True)
class Login:
    """The one user of the upstream."""

    username: str = "admin"
    password: str = "admin"  # noqa: S105 - the upstream's own default


class Simulation:
    """One upstream.

    Args:
        make_world: Makes a world that begins now, also when everything is reset.
    """

    def __init__(
        self,
        clock: Clock,
        make_world: Callable[[], World] = lambda: World(datetime.now().astimezone()),
        login: Login | None = None,
    ) -> None:
        self._clock = clock
        self._make_world = make_world
        self.login = login or Login()
        self.reset()

    def reset(self) -> None:
        """Begin anew with an empty world; faults end, counts are zero."""
        self._began = self._clock.now()
        self.world = self._make_world()
        self.calls: Counter[tuple[str, str]] = Counter()

    def catch_up(self) -> World:
        """Return the world as it is now."""
        self.world.agenda.run_until(self._clock.now() - self._began)
        return self.world

    async def turn(self) -> World:
        """Wait until the only worker is free, and return the world as it is then."""
        while True:
            world = self.catch_up()
            wait = world.worker.busy_until - world.agenda.now
            if wait <= 0:
                return world
            await self._clock.sleep(wait)

    async def pause(self, seconds: float) -> None:
        """Wait for that many simulated seconds, and keep nobody else waiting."""
        await self._clock.sleep(seconds)

    async def until_over(self, fault: Fault) -> None:
        """Wait until a fault has ended, by itself or by order."""
        remaining = fault.until - self.catch_up().agenda.now
        ended = asyncio.ensure_future(fault.ended.wait())
        passed = asyncio.ensure_future(self._clock.sleep(max(remaining, 0.0)))
        try:
            await asyncio.wait({ended, passed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
            passed.cancel()
        self.catch_up()


SIMULATION = web.AppKey("simulation", Simulation)


def simulation_of(request: web.Request) -> Simulation:
    """Return what this server simulates."""
    return request.app[SIMULATION]


def world_of(request: web.Request) -> World:
    """Return the world, which the middleware has just moved to now."""
    return simulation_of(request).world

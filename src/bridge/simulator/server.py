"""Serves a simulation over HTTP, and closes its door when an outage is ordered."""

import asyncio
import errno
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from bridge.simulator import (
    control,
    routes_accounts,
    routes_bots,
    routes_controllers,
    routes_docker,
)
from bridge.simulator.control import OUTAGE
from bridge.simulator.faults import LISTENER_FAULTS, Fault
from bridge.simulator.middleware import upstream_call
from bridge.simulator.simulation import SIMULATION, Simulation

# Nothing here is worth waiting for at the end; a call may hang for as long as a fault says.
_SHUTDOWN_SECONDS: Final = 0.5
_REOPEN_TRIES: Final = 50
_REOPEN_PAUSE_SECONDS: Final = 0.1
_LARGEST_BODY: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a simulator listens.

    Attributes:
        control_url: Answers also while the upstream is down; None: it has no door of its own, the
            control calls are at ``url`` only.
    """

    url: str
    control_url: str | None


class _Listener:
    """One door, which can be closed for a while and opened at the same place."""

    def __init__(self, app: web.Application, host: str, port: int) -> None:
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS, handle_signals=False
        )
        self._host = host
        self._port = port
        self._site: web.TCPSite | None = None

    @property
    def url(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    async def start(self) -> None:
        await self._runner.setup()
        await self._open()
        self._port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Refuse new connections and drop those that are open."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
        server = self._runner.server
        for connection in server.connections if server is not None else ():
            connection.force_close()

    async def reopen(self) -> None:
        """Listen again; somebody may hold the port for a moment."""
        for _ in range(_REOPEN_TRIES):
            try:
                await self._open()
            except OSError as exc:
                if exc.errno != errno.EADDRINUSE:
                    raise
                await asyncio.sleep(_REOPEN_PAUSE_SECONDS)
            else:
                return
        await self._open()

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _open(self) -> None:
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        self._site = site


class _Doors:
    def __init__(
        self, simulation: Simulation, host: str, port: int, control_port: int | None
    ) -> None:
        self._simulation = simulation
        self._is_closing = False
        app = _upstream(simulation)
        app[OUTAGE] = self.outage
        self._upstream = _Listener(app, host, port)
        self._control: _Listener | None = None
        if control_port is not None:
            own = _with_control(web.Application(), simulation)
            own[OUTAGE] = self.outage
            self._control = _Listener(own, host, control_port)

    async def start(self) -> Addresses:
        await self._upstream.start()
        if self._control is None:
            return Addresses(self._upstream.url, None)
        await self._control.start()
        return Addresses(self._upstream.url, self._control.url)

    async def stop(self) -> None:
        self._is_closing = True
        self._simulation.catch_up().faults.end_all()
        if self._control is not None:
            await self._control.stop()
        await self._upstream.stop()

    async def outage(self, fault: Fault) -> None:
        """Close the upstream's door until the fault is over; the control door stays open."""
        await self._upstream.close()
        await self._simulation.until_over(fault)
        faults = self._simulation.world.faults
        # A newer outage, if there is one, opens the door when that is over.
        if not self._is_closing and not any(faults.is_on(name) for name in LISTENER_FAULTS):
            await self._upstream.reopen()


@asynccontextmanager
async def serving(
    simulation: Simulation,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    control_port: int | None = None,
) -> AsyncGenerator[Addresses]:
    """Serve a simulation while the block runs; port 0 takes a free one.

    Raises:
        OSError: The address cannot be listened on.
    """
    doors = _Doors(simulation, host, port, control_port)
    try:
        yield await doors.start()
    finally:
        await doors.stop()


def _upstream(simulation: Simulation) -> web.Application:
    app = web.Application(middlewares=[upstream_call], client_max_size=_LARGEST_BODY)
    for module in (routes_accounts, routes_controllers, routes_bots, routes_docker):
        app.add_routes(module.ROUTES)
    return _with_control(app, simulation)


def _with_control(app: web.Application, simulation: Simulation) -> web.Application:
    app[SIMULATION] = simulation
    app.add_routes(control.ROUTES)
    return app

"""``bridge simulate-hummingbot``: serves a simulation until it is told to stop."""

import asyncio
import signal
from collections.abc import Callable
from typing import Final

from bridge.errors import ConfigurationError
from bridge.simulator.clock import ScaledClock
from bridge.simulator.server import serving
from bridge.simulator.simulation import Login, Simulation

_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


async def run_simulator(
    simulation: Simulation,
    *,
    host: str,
    port: int,
    control_port: int | None,
    say: Callable[[str], None],
) -> None:
    """Serve until Ctrl-C or TERM; ``say`` is told the addresses once they answer.

    Raises:
        ConfigurationError: An address cannot be listened on.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    try:
        async with serving(
            simulation, host=host, port=port, control_port=control_port
        ) as addresses:
            say(f"Simulated Hummingbot API on {addresses.url}")
            say(f"Control door on {addresses.control_url or addresses.url}/_control/")
            await stop.wait()
    except OSError as exc:
        raise ConfigurationError(
            f"The simulator cannot listen on {host} port {port}: {exc.strerror or exc}."
        ) from exc


def make_simulation(speed: float, username: str, password: str) -> Simulation:
    """Return a simulation that runs ``speed`` times as fast as the real thing."""
    return Simulation(ScaledClock(speed), login=Login(username, password))

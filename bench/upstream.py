"""A simulated Hummingbot API in a process of its own, and its control door."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp
import msgspec
from bench.servers import free_port, served

SPEED: Final = 10  # a bot boots in a second, and credentials are tried in a third of one
PASSWORD: Final = "admin"  # noqa: S105 - the simulator's own default
_STATUS: Final = "/bot-orchestration/status"


class _Calls(msgspec.Struct, frozen=True):
    method: str
    path: str
    count: int


@dataclass(frozen=True, slots=True)
class Simulator:
    """A simulator that runs.

    Attributes:
        url: Where it is asked.
        control: Talks to its control door, which is open during an outage too.
    """

    url: str
    control: aiohttp.ClientSession

    def environment(self, speed: float) -> dict[str, str]:
        """Return what a server needs to be told to use it.

        Args:
            speed: Of the server; with 1 it does not know that its upstream is simulated.
        """
        return {
            "HUMMINGBOT_API_URL": self.url,
            "HUMMINGBOT_API_PASSWORD": PASSWORD,
            "BRIDGE_LIFECYCLE_SPEED": str(speed),
            "BRIDGE_HUMMINGBOT_SIMULATED": "yes",
        }

    async def order(self, fault: str, seconds: float) -> None:
        """Order a fault for so many seconds of real time; 0 ends it."""
        body = {"fault": fault, "seconds": seconds * SPEED}
        async with self.control.post("/_control/faults", json=body):
            pass

    async def looks(self) -> int:
        """Return how often the status of all bots was asked for."""
        async with self.control.get("/_control/calls") as response:
            rows = msgspec.json.decode(await response.read(), type=list[_Calls])
        return sum(row.count for row in rows if row.path == _STATUS)


@asynccontextmanager
async def simulator() -> AsyncGenerator[Simulator]:
    """Serve a simulated upstream until the block ends.

    Raises:
        LoadError: It did not come up.
    """
    port, control = free_port(), free_port()
    words = ("-m", "bridge", "simulate-hummingbot", "--port", str(port), "--speed", str(SPEED))
    async with (
        served(*words, "--control-port", str(control), environment={}, port=port),
        aiohttp.ClientSession(f"http://127.0.0.1:{control}", raise_for_status=True) as session,
    ):
        yield Simulator(f"http://127.0.0.1:{port}", session)

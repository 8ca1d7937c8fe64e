"""A simulator behind a real socket, with a client for its API and one for its control door."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import msgspec

from bridge.simulator.clock import ScaledClock
from bridge.simulator.replies import Config, is_config
from bridge.simulator.server import Addresses, serving
from bridge.simulator.simulation import Login, Simulation

LOGIN = Login("bridge", "pass word")
BOT = "hummingbot-acme-1"
CONFIG: Config = {
    "id": "c1",
    "controller_name": "pmm_v1",
    "controller_type": "generic",
    "connector_name": "bitmart",
    "trading_pair": "SHARP-USDT",
    "order_amount": 1600,
}
KEYS: Config = {"bitmart_api_key": "k", "bitmart_secret_key": "s", "bitmart_memo": "m"}
DEPLOY = "/bot-orchestration/deploy-v2-controllers"
_POLL_SECONDS = 0.01
_GIVE_UP_SECONDS = 10


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    content_type: str
    text: str

    @property
    def json(self) -> object:
        return msgspec.json.decode(self.text)


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again, for ten seconds at most."""
    async with asyncio.timeout(_GIVE_UP_SECONDS):
        while not await is_so():  # noqa: ASYNC110 - another process's state has no event
            await asyncio.sleep(_POLL_SECONDS)


class Door:
    """Both doors of a simulator."""

    def __init__(self, session: aiohttp.ClientSession, addresses: Addresses) -> None:
        self._session = session
        self.url = addresses.url
        self.control_url = addresses.control_url or addresses.url

    async def call(self, method: str, path: str, body: object = None) -> Answer:
        """Call the API with the right login."""
        token = b64encode(f"{LOGIN.username}:{LOGIN.password}".encode()).decode()
        return await self._send(method, self.url + path, body, {"Authorization": f"Basic {token}"})

    async def control(self, method: str, name: str, body: object = None) -> Answer:
        """Call the control door, without a login."""
        return await self._send(method, f"{self.control_url}/_control/{name}", body, {})

    async def fault(self, name: str, seconds: float = 100_000, **more: object) -> None:
        """Order a fault that is not over before the test."""
        answer = await self.control("POST", "faults", {"fault": name, "seconds": seconds, **more})
        assert answer.status == 201, answer.text

    async def end(self, name: str) -> None:
        """End a fault."""
        await self.fault(name, seconds=0)

    async def ledger(self) -> list[Config]:
        return msgspec.convert((await self.control("GET", "ledger")).json, list[Config])

    async def now(self) -> float:
        clock = (await self.control("GET", "clock")).json
        assert is_config(clock)
        return float(str(clock["now"]))

    async def count(self, method: str, path: str) -> int:
        """Return how often a call arrived."""
        rows = msgspec.convert((await self.control("GET", "calls")).json, list[Config])
        found = [row for row in rows if (row["method"], row["path"]) == (method, path)]
        return int(str(found[0]["count"])) if found else 0

    async def until_arrived(self, method: str, path: str) -> None:
        """Wait until a call has arrived."""

        async def has_arrived() -> bool:
            return await self.count(method, path) > 0

        await until(has_arrived)

    async def is_open(self) -> bool:
        """Return whether the API answers."""
        try:
            await self.call("GET", "/")
        except aiohttp.ClientConnectionError:
            return False
        return True

    async def until_ledger(self, is_so: Callable[[list[Config]], bool]) -> list[Config]:
        """Wait until the ledger says so."""

        async def says_so() -> bool:
            return is_so(await self.ledger())

        await until(says_so)
        return await self.ledger()

    async def prepare(self) -> None:
        """Make an account with keys, and a controller config."""
        await self.call("POST", "/accounts/add-account?account_name=acme")
        await self.call("POST", "/accounts/add-credential/acme/bitmart", KEYS)
        await self.call("POST", "/controllers/configs/c1", CONFIG)

    async def deploy(self) -> Answer:
        """Deploy a bot."""
        body = {
            "instance_name": BOT,
            "credentials_profile": "acme",
            "controllers_config": ["c1"],
        }
        return await self.call("POST", DEPLOY, body)

    async def _send(self, method: str, url: str, body: object, headers: dict[str, str]) -> Answer:
        async with self._session.request(
            method, url, headers=headers, data=None if body is None else msgspec.json.encode(body)
        ) as response:
            text = await response.text()
            return Answer(response.status, response.content_type, text)


@asynccontextmanager
async def opened(speed: float = 1.0, control_port: int | None = 0) -> AsyncGenerator[Door]:
    """Serve a simulator on a free port while the block runs."""
    simulation = Simulation(ScaledClock(speed), login=LOGIN)
    # A connection of its own for each call: aiohttp repeats calls on a kept one that was lost.
    connector = aiohttp.TCPConnector(force_close=True)
    async with (
        serving(simulation, control_port=control_port) as addresses,
        aiohttp.ClientSession(connector=connector) as session,
    ):
        yield Door(session, addresses)

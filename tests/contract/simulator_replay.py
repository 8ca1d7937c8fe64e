"""Sets a simulator up for a recorded exchange and replays it."""

import json
from asyncio import sleep
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import aiohttp
import msgspec
from yarl import URL

from bridge.simulator.deploy import Order
from bridge.simulator.faults import Fault, FaultName
from bridge.simulator.replies import Config, RefusalError, is_config
from bridge.simulator.server import serving
from bridge.simulator.simulation import Simulation
from bridge.simulator.timings import RECORDERS_BOT, Pace
from bridge.simulator.world import World

RECORDED = Path(__file__).parent / "recorded"
# Before the first stamp in a recorded name, so that bots get the very names that were recorded.
EPOCH = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
_IMAGE = "hummingbot/hummingbot:latest"
SPREAD: Config = {
    "id": "spread_sharp",
    "controller_name": "pmm_simple",
    "controller_type": "market_making",
    "connector_name": "bitmart",
    "trading_pair": "SHARP-USDT",
    "total_amount_quote": 100,
    "buy_spreads": [0.004],
    "sell_spreads": [0.003],
    "buy_amounts_pct": None,
    "sell_amounts_pct": None,
    "executor_refresh_time": 60,
    "cooldown_time": 15,
    "leverage": 1,
    "position_mode": "ONEWAY",
    "stop_loss": None,
    "take_profit": None,
    "time_limit": None,
    "take_profit_order_type": 2,
    "trailing_stop": None,
    "manual_kill_switch": False,
}
KEYS: dict[str, object] = {
    "bitmart_api_key": "dummy-key",
    "bitmart_secret_key": "dummy-secret",
    "bitmart_memo": "dummy-memo",
}


class HandClock:
    """Time that stands still until somebody waits or moves it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await sleep(0)


class Exchange(msgspec.Struct, frozen=True):
    """One recorded request with its answer."""

    name: str
    method: str
    path: str
    status: int
    response: object
    query: dict[str, object] = {}
    request: object = None


class _Observation(msgspec.Struct, frozen=True):
    name: str
    response: object


def exchanges(pattern: str = "*.jsonl") -> dict[str, Exchange]:
    """Return the recorded exchanges by name."""
    files = [file for file in sorted(RECORDED.glob(pattern)) if file.stem != "observations"]
    lines = [line for file in files for line in file.read_bytes().splitlines()[1:]]
    found = [msgspec.json.decode(line, type=Exchange) for line in lines]
    return {exchange.name: exchange for exchange in found}


def observations() -> dict[str, object]:
    """Return what was watched over time."""
    lines = (RECORDED / "observations.jsonl").read_bytes().splitlines()[1:]
    found = [msgspec.json.decode(line, type=_Observation) for line in lines]
    return {observation.name: observation.response for observation in found}


class Stage:
    """A simulator in which a recorded moment is set up."""

    def __init__(self, pace: Pace = RECORDERS_BOT) -> None:
        self.clock = HandClock()
        self.simulation = Simulation(
            self.clock, lambda: World(EPOCH, pace=pace, images={"acme/other:1"})
        )

    @property
    def world(self) -> World:
        return self.simulation.catch_up()

    def wait(self, seconds: float) -> None:
        self.clock.seconds += seconds
        self.simulation.catch_up()

    def at(self, stamp: str) -> None:
        """Go to a moment as it stands in a bot's name."""
        date = datetime.strptime(stamp, "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
        seconds = (date - EPOCH).total_seconds() + 0.25
        assert seconds >= self.clock.seconds
        self.wait(seconds - self.clock.seconds)

    def account(self, name: str = "acct_alpha", *, keys: bool = False) -> None:
        if not self.world.accounts.exists(name):
            self.world.accounts.add(name)
        if keys:
            self.world.accounts.set_keys(name, "bitmart", KEYS)
            self.wait(10)

    def config(self, name: str = "spread_sharp", **changes: object) -> None:
        self.world.configs.put(name, {**SPREAD, "id": name, **changes})

    def bot(
        self,
        name: str,
        *configs: str,
        account: str = "acct_alpha",
        image: str = _IMAGE,
    ) -> None:
        """Deploy the bot of a recorded name at the moment that its name says."""
        wanted = configs or ("spread_sharp",)
        self.account(account)
        for config in wanted:
            self.config(config)
        self.at(name[-15:])
        order = Order(name[:-16], account, list(wanted), image, None, None, is_headless=True)
        assert self.world.deployer.deploy(order).get("unique_instance_name") == name

    def try_to_deploy(self, name: str, account: str) -> None:
        """Deploy what the upstream refuses."""
        order = Order(name, account, ["spread_sharp"], _IMAGE, None, None, is_headless=True)
        with suppress(RefusalError):
            self.world.deployer.deploy(order)

    def fault(self, name: FaultName, bot: str = "") -> None:
        until = self.world.agenda.now + 1_000_000
        self.world.faults.order(Fault(name, until, bot=bot))

    async def replay(
        self, exchange: Exchange, headers: dict[str, str] | None = None
    ) -> tuple[int, object]:
        """Send the recorded request; return status and answer."""
        if headers is None:
            headers = {"Authorization": f"Basic {b64encode(b'admin:admin').decode()}"}
        body = exchange.request
        raw = body.get("_raw_body") if is_config(body) else None
        data = raw if isinstance(raw, str) else json.dumps(body)
        async with (
            serving(self.simulation) as addresses,
            aiohttp.ClientSession() as session,
            session.request(
                exchange.method,
                URL(addresses.url + quote(exchange.path, safe="/%"), encoded=True),
                params={name: str(value) for name, value in exchange.query.items()} or None,
                data=None if body is None else data,
                headers=headers,
            ) as response,
        ):
            text = await response.text()
            is_json = response.content_type == "application/json"
            return response.status, json.loads(text) if is_json else text


Arrange = Callable[[Stage], None]

"""Two bridges or more on one database and one simulated upstream, and what is true of them."""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
from tests.api.inputs import bot_body
from tests.api.serving import reserved_port
from tests.contract.simulator_door import LOGIN, Door, opened
from tests.faults.nodes import Node
from tests.faults.traps import TRAPS_VARIABLE, Trap, Traps

from bridge.vault.keyring import KeyRing

Json = dict[str, Any]

SPEED: Final = 20.0
LEASE_SECONDS: Final = 1.0
VAULT_KEYS: Final = KeyRing.generate_entry("faults")
_BITMART: Final = {"name": "bitmart", "api_key": "k" * 16, "api_secret": "s" * 16, "memo": "m" * 8}
_POLL_SECONDS: Final = 0.05
_PATIENCE_SECONDS: Final = 30.0


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    json: Json

    @property
    def is_ok(self) -> bool:
        """Whether it was acknowledged."""
        return 200 <= self.status < 300


class Fleet:
    """Nodes, their upstream and their traps."""

    def __init__(
        self, nodes: list[Node], door: Door, traps: Traps, http: aiohttp.ClientSession
    ) -> None:
        self.nodes = nodes
        self.door = door
        self.traps = traps
        self._http = http
        self._turn = 0

    async def ask(self, method: str, path: str, json: object = None) -> Answer:
        """Ask one node after the other until one answers; frozen and dead ones do not."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                self._turn += 1
                node = self.nodes[self._turn % len(self.nodes)]
                if node.process_id is not None and not node.is_frozen:
                    answer = await self.ask_node(node, method, path, json)
                    if answer is not None:
                        return answer
                await asyncio.sleep(_POLL_SECONDS)

    async def ask_node(
        self, node: Node, method: str, path: str, json: object = None
    ) -> Answer | None:
        """Ask one node; None: no answer came."""
        timeout = aiohttp.ClientTimeout(total=8, sock_connect=2)
        try:
            async with self._http.request(
                method, node.url + path, json=json, timeout=timeout
            ) as answer:
                return Answer(answer.status, msgspec.json.decode(await answer.read()))
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None

    async def insist(self, method: str, path: str, json: object = None) -> Answer:
        """Ask until it is acknowledged; only "not now" is a reason to ask again."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                answer = await self.ask(method, path, json)
                if answer.is_ok:
                    return answer
                assert answer.status in {409, 503}, (method, path, answer)
                assert answer.json.get("code") in _PASSING, (method, path, answer)
                await asyncio.sleep(_POLL_SECONDS)

    async def health(self) -> str:
        """Return how the upstream is, as one node says."""
        return str((await self.ask("GET", "/health")).json["hummingbot"])

    async def until_watched(self) -> None:
        """Return when somebody leads, and a look has succeeded."""

        async def is_watched() -> bool:
            return await self.health() == "simulated"

        await self.until(is_watched, what=self.logs)

    async def make_client(self) -> str:
        """Make a client with credentials and return its account."""
        body = {"name": f"Faults {secrets.token_hex(4)}", "connectors": [_BITMART]}
        client = await self.insist("POST", "/clients/create", body)
        return str(client.json["account_identifier"])

    async def make_bot(self, account: str | None = None, **overrides: object) -> Json:
        """Make a bot, of a client of its own unless one is given."""
        account = account or await self.make_client()
        answer = await self.insist("POST", "/bots/create", bot_body(account=account, **overrides))
        return answer.json

    async def bot(self, bot_id: str) -> Json:
        """Return a bot as it is shown."""
        answer = await self.ask("GET", f"/bots/{bot_id}")
        assert answer.status == 200, answer
        return answer.json

    async def state(self, bot_id: str) -> str:
        """Return a bot's state as it is shown."""
        return str((await self.bot(bot_id))["runtime"]["state"])

    async def start(self, bot_id: str) -> None:
        """Ask for a start until it is acknowledged."""
        await self.insist("POST", f"/bots/{bot_id}/start")

    async def stop(self, bot_id: str, *, force: bool = False) -> None:
        """Ask for a stop until it is acknowledged."""
        await self.insist("POST", f"/bots/{bot_id}/stop", {"force": True} if force else None)

    async def until_state(
        self, bot_id: str, *states: str, within: float = _PATIENCE_SECONDS
    ) -> float:
        """Wait until a bot is shown in one of these states; return how long that took."""
        began = time.monotonic()
        bot: Json = {}

        async def is_there() -> bool:
            nonlocal bot
            answer = await self.ask("GET", f"/bots/{bot_id}")
            bot = answer.json
            return answer.status == 200 and bot["runtime"]["state"] in states

        await self.until(is_there, within, lambda: f"{bot} is not {states}\n{self.logs()}")
        return time.monotonic() - began

    async def until(
        self,
        is_so: Callable[[], Awaitable[bool]],
        within: float = _PATIENCE_SECONDS,
        what: Callable[[], str] = lambda: "",
    ) -> None:
        """Ask again and again; what is not so in time fails the test."""
        try:
            async with asyncio.timeout(within):
                while not await is_so():  # noqa: ASYNC110 - other processes have no event
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise AssertionError(what()) from None

    async def victim(self, trap: Trap, within: float = _PATIENCE_SECONDS) -> Node:
        """Wait until a trap has caught a node, and return that; a killed one is gone then."""

        async def is_caught() -> bool:
            return self.traps.victim(trap) is not None

        await self.until(is_caught, within, lambda: f"nobody came to {trap.step}\n{self.logs()}")
        caught = self.traps.victim(trap)
        node = next(node for node in self.nodes if node.last_process_id == caught)
        if trap.action == "kill":
            await node.until_ended()
        else:
            node.is_frozen = True
        return node

    async def until_all_answer(self) -> None:
        """Return when every node serves."""
        for node in self.nodes:
            await node.until_it_answers(self._http)

    async def lives(self, bot: Json) -> list[Json]:
        """Return what the ledger says about a bot."""
        name = bot["instance_name"]
        return [life for life in await self.door.ledger() if life["instance_name"] == name]

    def logs(self) -> str:
        """Return the end of each node's log."""
        return "\n".join(f"--- {node.url}\n{node.log[-4000:]}" for node in self.nodes)


# Reasons why a request is refused for now, and accepted a little later.
_PASSING: Final = {
    "hummingbot-unavailable",
    "instance-unaccounted",
    "database-unavailable",
    "database-busy",
}


def two_at_once(lives: list[Json]) -> list[tuple[Json, Json]]:
    """Return the pairs of lives of one bot that traded at the same time."""
    traded = [life for life in lives if life["traded"]]
    return [
        (one, other)
        for index, one in enumerate(traded)
        for other in traded[index + 1 :]
        if one["instance_name"] == other["instance_name"] and _overlap(one, other)
    ]


def _overlap(one: Json, other: Json) -> bool:
    endless = float("inf")
    one_until = endless if one["trading_until"] is None else one["trading_until"]
    other_until = endless if other["trading_until"] is None else other["trading_until"]
    return bool(one["trading_from"] < other_until and other["trading_from"] < one_until)


def left_orders_open(lives: list[Json]) -> list[Json]:
    """Return the lives that ended with orders on the exchange."""
    ended = [life for life in lives if life["traded"] and life["trading_until"] is not None]
    return [life for life in ended if not life["orders_cancelled"]]


def not_ended(lives: list[Json]) -> list[Json]:
    """Return the lives that go on."""
    return [life for life in lives if life["ended_at"] is None]


def environment_of(door: Door, database_url: str, folder: Path, speed: float) -> dict[str, str]:
    """Return the settings of a node."""
    return {
        "DATABASE_URL": database_url,
        "BRIDGE_AUTH": "open",
        "BRIDGE_VAULT_KEYS": VAULT_KEYS,
        "BRIDGE_POOL_SIZE": "6",
        "HUMMINGBOT_API_URL": door.url,
        "HUMMINGBOT_API_USERNAME": LOGIN.username,
        "HUMMINGBOT_API_PASSWORD": LOGIN.password,
        "BRIDGE_HUMMINGBOT_SIMULATED": "yes",
        "BRIDGE_LIFECYCLE_SPEED": str(speed),
        "BRIDGE_LEASE_SECONDS": str(LEASE_SECONDS),
        "BRIDGE_START_WAIT_SECONDS": "0",
        # A start that is asked for while a leader dies must not expire: that is another test's.
        "BRIDGE_START_EXPIRY_SECONDS": "1200",
        TRAPS_VARIABLE: str(folder),
    }


@asynccontextmanager
async def fleet_on(
    door: Door,
    database_url: str,
    folder: Path,
    *,
    count: int = 2,
    speed: float = SPEED,
    variables: Mapping[str, str] | None = None,
) -> AsyncGenerator[Fleet]:
    """Run nodes on a simulator that runs already; they answer when the block begins."""
    settings = environment_of(door, database_url, folder, speed) | dict(variables or {})
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(
            aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        )
        ports = [stack.enter_context(reserved_port()) for _ in range(count)]
        nodes = [Node(port, settings, folder / f"node-{port}.log") for port in ports]
        try:
            for node in nodes:
                await node.start()
            for node in nodes:
                await node.until_it_answers(http)
            yield Fleet(nodes, door, Traps(folder), http)
        finally:
            for node in nodes:
                node.kill()
            for node in nodes:
                await node.until_ended()


@asynccontextmanager
async def fleet(
    database_url: str,
    folder: Path,
    *,
    count: int = 2,
    speed: float = SPEED,
    variables: Mapping[str, str] | None = None,
) -> AsyncGenerator[Fleet]:
    """Run a simulator, and nodes on it."""
    async with (
        opened(speed) as door,
        fleet_on(
            door, database_url, folder, count=count, speed=speed, variables=variables
        ) as running,
    ):
        yield running

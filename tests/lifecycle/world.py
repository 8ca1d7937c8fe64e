"""One world for each test: a database, an upstream that runs many times as fast, a server."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from tests.api.calls import Api, ok
from tests.api.inputs import bot_body
from tests.api.stored import Stored
from tests.contract.simulator_door import Door

SPEED: Final = 40.0
KEYS: Final[dict[str, str]] = {"api_key": "key-of-acme", "api_secret": "secret", "memo": "memo"}
BITMART: Final[dict[str, object]] = {"name": "bitmart", **KEYS}
SPREAD: Final[dict[str, object]] = {
    "bid_spread": 0.003,
    "ask_spread": 0.004,
    "order_amount": 1600,
}
_OF_THE_LEADER: Final = ("heartbeats", "leases", "installation")
# A controller whose kill switch is on runs, reports, and has figures that never move.
STILL: Final[dict[str, object]] = {
    "strategy": "controller",
    "config": {
        "type": "generic",
        "name": "pmm_v1",
        "config": {
            "manual_kill_switch": True,
            "order_amount": 10,
            "buy_spreads": [0.01],
            "sell_spreads": [0.01],
        },
    },
}
# A machine that is busy with other things must not look like an upstream that is silent.
CALM_SPEED: Final = 10.0
_IS_LOOK_OLD: Final = """
SELECT extract(epoch FROM clock_timestamp() - last_look_at) > greatest($1, 6 * pace_seconds) + 0.1
FROM heartbeats
"""
_PATIENCE_SECONDS: Final = 30
_POLL_SECONDS: Final = 0.02

# JSON of any shape, as `Api` returns it.
Json = Any


async def until(ask: Callable[[], Awaitable[Json]], is_so: Callable[[Json], bool]) -> Json:
    """Ask again and again until the answer is as wanted, and return it."""
    ends_at = time.monotonic() + _PATIENCE_SECONDS
    while not is_so(found := await ask()):
        assert time.monotonic() < ends_at, f"still {found}"
        await asyncio.sleep(_POLL_SECONDS)
    return found


def is_running(bot: Json) -> bool:
    return bot["runtime"]["state"] == "running"


@dataclass(frozen=True)
class World:
    """What a test works with.

    Attributes:
        api: A server.
        door: The upstream, past the bridge.
        stored: The database, past the bridge.
    """

    api: Api
    door: Door
    stored: Stored

    async def make_client(self, **overrides: object) -> Json:
        """Create a client with credentials of one exchange."""
        wanted = {"name": "Acme", "connectors": [BITMART]} | overrides
        return ok(await self.api.post("/clients/create", wanted), 201)

    async def make_bot(self, **overrides: object) -> Json:
        """Create a bot; without an account, of a client made for it."""
        if "account" not in overrides:
            overrides["account"] = (await self.make_client())["account_identifier"]
        return ok(await self.api.post("/bots/create", bot_body(**overrides)), 201)

    async def make_running(self, **overrides: object) -> Json:
        """Create a bot and return it once it runs."""
        bot = await self.make_bot(**overrides)
        await self.start(bot)
        return await self.until_state(bot, "running")

    async def start(self, bot: Json) -> Json:
        """Start a bot that may be started, as soon as the bridge has looked at the upstream."""
        path = f"/bots/{bot['id']}/start"
        return ok(await until(lambda: self.api.post(path), lambda answer: answer.status != 503))

    async def stop(self, bot: Json, **how: object) -> Json:
        """Stop a bot."""
        return ok(await self.api.post(f"/bots/{bot['id']}/stop", how))

    async def get(self, path: str) -> Json:
        """Read."""
        return ok(await self.api.get(path))

    async def bot(self, bot: Json) -> Json:
        """Return a bot as it is now."""
        return await self.get(f"/bots/{bot['id']}")

    async def until_bot(self, bot: Json, is_so: Callable[[Json], bool]) -> Json:
        """Return the bot once it is so."""
        return await until(lambda: self.bot(bot), is_so)

    async def until_state(self, bot: Json, *states: str) -> Json:
        """Return the bot once it is in one of these states."""
        return await self.until_bot(bot, lambda now: now["runtime"]["state"] in states)

    async def until_removed(self, path: str) -> None:
        """Wait until there is nothing at a path any more."""
        await until(lambda: self.api.get(path), lambda answer: answer.status == 404)

    async def runs(self, bot: Json) -> Json:
        """Return a bot's runs, newest first."""
        return (await self.get(f"/bots/{bot['id']}/runs"))["runs"]

    async def actions(self, path: str) -> list[str]:
        """Return what happened, oldest first."""
        return [event["action"] for event in reversed((await self.get(path))["events"])]

    async def until_connector(self, client: Json, state: str) -> Json:
        """Return the client's only connector once it is in this state."""
        found = await until(
            lambda: self.get(f"/clients/{client['id']}"),
            lambda now: now["connectors"][0]["sync_state"] == state,
        )
        return found["connectors"][0]

    async def until_removed_connector(self, client: Json) -> None:
        """Wait until the row of the client's first connector has gone."""
        connector_id = client["connectors"][0]["id"]
        await until(
            lambda: self.stored.connection.fetchval(
                "SELECT count(*) FROM connectors WHERE id = $1::text::uuid", connector_id
            ),
            lambda count: count == 0,
        )

    async def until_looked(self) -> None:
        """Return once somebody has looked at the upstream."""
        await until(
            lambda: self.stored.connection.fetchval("SELECT max(last_look_at) FROM heartbeats"),
            lambda at: at is not None,
        )

    async def until_looks_are_old(self) -> None:
        """Return once the last look is so old that it says nothing any more."""
        await until(
            lambda: self.stored.connection.fetchval(_IS_LOOK_OLD, 60 / SPEED),
            lambda is_old: is_old is True,
        )

    async def looks(self) -> int:
        """Return how often the upstream was asked for the status of all bots."""
        return await self.door.count("GET", "/bot-orchestration/status")

    async def until_looks(self, more: int) -> None:
        """Wait until the bridge has looked that many times more."""
        enough = await self.looks() + more
        await until(self.looks, lambda count: count >= enough)

    async def rows(self) -> Mapping[str, list[str]]:
        """Return all that is stored but for what the leader writes of itself."""
        everything = await self.stored.everything()
        return {name: everything[name] for name in everything if name not in _OF_THE_LEADER}

    async def calls(self) -> set[tuple[str, str]]:
        """Return method and path of every call that has reached the upstream."""
        calls: Json = (await self.door.control("GET", "calls")).json
        return {(call["method"], call["path"]) for call in calls}

    async def ledger(self) -> list[Json]:
        """Return what really happened to all instances, oldest first."""
        return [*(await self.door.ledger())]

    async def lives(self, bot: Json) -> list[Json]:
        """Return what really happened to a bot's instances, oldest first."""
        lives = await self.ledger()
        return [each for each in lives if each["instance_name"] == bot["instance_name"]]

    async def upstream(self, path: str) -> Json:
        """Return what the upstream itself says."""
        answer = await self.door.call("GET", path)
        assert answer.status == 200, answer.text
        return answer.json

    async def copies(self, instance: str) -> list[Json]:
        """Return the controller configs that an instance holds."""
        return await self.upstream(f"/controllers/bots/{instance}/configs")

    async def deployments(self) -> list[Json]:
        """Return what the upstream was asked to deploy, newest first."""
        runs = (await self.upstream("/bot-orchestration/bot-runs"))["data"]
        return [msgspec.json.decode(run["deployment_config"]) for run in runs]

    async def marks(self) -> Json:
        """Return the marks of the credentials that the upstream holds, by account."""
        return (await self.door.control("GET", "credentials")).json

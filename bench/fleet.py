"""Bots that run: made and started by HTTP, as people would, on a simulated upstream."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final

import aiohttp
import msgspec
from bench.load import LoadError
from bench.servers import served
from bench.upstream import SPEED, Simulator

from bridge.vault.keyring import KeyRing

_AT_ONCE: Final = 16
_POLL_SECONDS: Final = 0.5
_PATIENCE_SECONDS: Final = 300.0


class Fleet(msgspec.Struct, frozen=True, kw_only=True):
    """How many, and what their accounts are called without the three digits at the end."""

    accounts: int
    bots_per_account: int
    prefix: str

    @property
    def size(self) -> int:
        """All bots."""
        return self.accounts * self.bots_per_account

    def names(self) -> list[str]:
        """Return the accounts."""
        return [f"{self.prefix}{number:03}" for number in range(1, self.accounts + 1)]


class _Health(msgspec.Struct, frozen=True):
    hummingbot: str


class _Runtime(msgspec.Struct, frozen=True):
    state: str


class _Bot(msgspec.Struct, frozen=True):
    runtime: _Runtime


class _Bots(msgspec.Struct, frozen=True):
    bots: list[_Bot]


async def launch(
    fleet: Fleet, database_url: str, upstream: Simulator, say: Callable[[str], None]
) -> None:
    """Make the fleet and have it running, by a server that is gone afterwards.

    Raises:
        LoadError: Some bot does not run.
    """
    environment = {
        "DATABASE_URL": database_url,
        "BRIDGE_VAULT_KEYS": KeyRing.generate_entry("bench"),
        "BRIDGE_START_WAIT_SECONDS": "0",
        "BRIDGE_START_EXPIRY_SECONDS": "3600",
        **upstream.environment(SPEED),
    }
    async with (
        served("-m", "bridge", "serve", environment=environment) as server,
        aiohttp.ClientSession(f"http://127.0.0.1:{server.port}", raise_for_status=True) as session,
    ):
        await _until_watched(session)
        slots = asyncio.Semaphore(_AT_ONCE)

        async def one(account: str) -> None:
            async with slots:
                await _launch_account(session, account, fleet.bots_per_account)

        async with asyncio.TaskGroup() as group:
            for account in fleet.names():
                group.create_task(one(account))
        await _until_running(session, fleet, say)


async def _until_watched(session: aiohttp.ClientSession) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (found := await _hummingbot(session)) != "simulated":
        if time.monotonic() > deadline:
            raise LoadError(f"The upstream is {found}.")
        await asyncio.sleep(_POLL_SECONDS)


async def _hummingbot(session: aiohttp.ClientSession) -> str:
    async with session.get("/health") as response:
        return msgspec.json.decode(await response.read(), type=_Health).hummingbot


async def _launch_account(session: aiohttp.ClientSession, account: str, bots: int) -> None:
    keys = {"name": "bitmart", "api_key": "key", "api_secret": "secret", "memo": "memo"}
    client = {"name": account, "account_identifier": account, "connectors": [keys]}
    async with session.post("/clients/create", json=client):
        pass
    config = {"bid_spread": 0.003, "ask_spread": 0.003, "order_amount": 1600}
    bot = {"connector": "bitmart", "pair": "SHARP/USDT", "strategy": "spread", "config": config}
    for number in range(bots):
        body = {"name": f"Bot {number}", "account": account, **bot}
        async with session.post("/bots/create", json=body) as response:
            made = msgspec.json.decode(await response.read(), type=dict[str, msgspec.Raw])
        bot_id = msgspec.json.decode(made["id"], type=str)
        async with session.post(f"/bots/{bot_id}/start"):
            pass


async def _until_running(
    session: aiohttp.ClientSession, fleet: Fleet, say: Callable[[str], None]
) -> None:
    deadline, told = time.monotonic() + _PATIENCE_SECONDS, 0
    while True:
        found = [bot for account in fleet.names() for bot in await _bots(session, account)]
        running = sum(bot.runtime.state == "running" for bot in found)
        if running == fleet.size:
            return
        if running >= told + fleet.size // 5:
            told = running
            say(f"{running} of {fleet.size} bots run")
        if time.monotonic() > deadline:
            states = sorted({bot.runtime.state for bot in found})
            raise LoadError(f"Only {running} of {fleet.size} bots run; all are {states}.")
        await asyncio.sleep(_POLL_SECONDS)


async def _bots(session: aiohttp.ClientSession, account: str) -> Sequence[_Bot]:
    async with session.get("/bots", params={"account": account}) as response:
        return msgspec.json.decode(await response.read(), type=_Bots).bots

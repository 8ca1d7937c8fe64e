"""The key and the origin that requests carry, and the accounts that they ask for."""

import secrets
from http import HTTPStatus
from typing import Final

import aiohttp
import msgspec
from bench.bare import Answer
from bench.load import LoadError

ORIGIN: Final = "https://app.example.org"
KEY: Final = secrets.token_hex(32)
HEADERS: Final = {"Authorization": f"Bearer {KEY}", "Origin": ORIGIN}
# What the bridge is told, so that it asks for the key and knows the origin.
GUARDED: Final = {"BRIDGE_AUTH": "required", "BRIDGE_ADMIN_KEY": KEY, "CORS_ORIGINS": ORIGIN}

ACCOUNTS: Final = 200
BOTS: Final = 5
_PREFIX: Final = "client_bench_"
_BOT: Final = {
    "connector": "bitmart",
    "pair": "SHARP/USDT",
    "strategy": "spread",
    "config": {"bid_spread": 0.003, "ask_spread": 0.003, "order_amount": 1600},
}


def account_name(number: int) -> str:
    """Return one of the accounts, from 1 on; all names are of one length."""
    return f"{_PREFIX}{number:03}"


def path(number: int) -> str:
    """Return what a page of that account polls."""
    return f"/bots?account={account_name(number)}"


def wallet_path(number: int) -> str:
    """Return what the page asks to learn whose wallet is connected."""
    return f"/clients/by-wallet/{_wallet(number)}"


def _wallet(number: int) -> str:
    return f"0x{number:040x}"


def session(port: int) -> aiohttp.ClientSession:
    """Return a session that sends key and origin, and raises at errors."""
    headers = {**HEADERS, "Accept-Encoding": "identity"}
    return aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers, raise_for_status=True)


async def seed(port: int, accounts: int = ACCOUNTS) -> None:
    """Make the accounts and their bots through the API; all answers are of one length."""
    async with session(port) as caller:
        for number in range(1, accounts + 1):
            account = account_name(number)
            client = {
                "name": f"Bench {number:03}",
                "account_identifier": account,
                "wallets": [{"chain": "evm", "address": _wallet(number)}],
            }
            async with caller.post("/clients/create", json=client):
                pass
            for n in range(BOTS):
                body = {"name": f"Bot {n}", "account": account, **_BOT}
                async with caller.post("/bots/create", json=body):
                    pass


# The server writes these by itself, for every application.
_OF_THE_SERVER: Final = ("date", "server")


async def sample(port: int, number: int = 1, etag: str = "") -> Answer:
    """Return what a server answers for one account.

    Args:
        port: Of the server.
        number: Of the account.
        etag: Sent as If-None-Match.

    Raises:
        LoadError: It does not list the account's bots, nor says that they are the same.
    """
    headers = {"If-None-Match": etag} if etag else {}
    async with session(port) as caller, caller.get(path(number), headers=headers) as response:
        body = await response.read()
        found = Answer(
            response.status,
            [
                (str(name).lower(), value)
                for name, value in response.headers.items()
                if name.lower() not in _OF_THE_SERVER
            ],
            body,
        )
    if found.status == HTTPStatus.OK and len(msgspec.json.decode(body)["bots"]) != BOTS:
        raise LoadError(f"The server does not list {BOTS} bots: {body[:200]!r}")
    return found

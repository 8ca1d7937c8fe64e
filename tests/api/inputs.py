"""What the tests send by default, and how the fixtures that make things are called."""

import secrets
from collections.abc import Awaitable
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import base58
from tests.api.calls import Api

from bridge.vault.keyring import KeyRing

ORIGIN: Final = "https://app.bridge-tests.io"
VAULT_KEYS: Final = KeyRing.generate_entry("tests")
MISSING_ID: Final = "00000000-0000-4000-8000-000000000000"
# A server with an upstream that another process leads.
FOLLOWING: Final = {
    "HUMMINGBOT_API_URL": "http://127.0.0.1:1",
    "HUMMINGBOT_API_PASSWORD": "unused",
    "BRIDGE_LEASE_SECONDS": "60",
    "BRIDGE_START_WAIT_SECONDS": "0",
}


class Make(Protocol):
    """Creates something by HTTP and returns what the server answered."""

    def __call__(self, **overrides: object) -> Awaitable[Any]:
        """Send the default body with these fields in place of its own."""
        ...


class MakeServer(Protocol):
    """Starts a server on the test's database."""

    def __call__(self, **environ: str) -> Awaitable[Api]:
        """Use these settings before the default ones; an empty value unsets a variable."""
        ...


def database_at(url: str, name: str) -> str:
    """Return the URL of another database of the same server."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def evm_address() -> str:
    """Return a random address in lower case, which needs no checksum."""
    return f"0x{secrets.token_hex(20)}"


def solana_address() -> str:
    """Return a random address."""
    return base58.b58encode(secrets.token_bytes(32)).decode()


def wallet(address: str | None = None, chain: str = "evm") -> dict[str, str]:
    """Return a wallet; without an address, of a random one."""
    return {"chain": chain, "address": evm_address() if address is None else address}


def bitmart() -> dict[str, str]:
    """Return the connector of the default bot, with all that it needs."""
    return {"name": "bitmart", "api_key": "key-1234", "api_secret": "secret", "memo": "memo"}


def bot_body(**overrides: object) -> dict[str, object]:
    """Return a body for POST /bots/create that lacks only the account."""
    return {
        "name": "SHARP/USDT spread",
        "connector": "bitmart",
        "pair": "SHARP/USDT",
        "strategy": "spread",
        "config": {"bid_spread": 0.003, "ask_spread": 0.004, "order_amount": 1600},
    } | overrides

"""What ``bridge dev`` shows: each step while it lasts, then the addresses and what to try."""

import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

_ADDRESS: Final = "0x71C7656EC7ab88b098defB751B7401B5f6d8976F"
_WALLET: Final = f'{{"chain":"evm","address":"{_ADDRESS}"}}'
_CONNECTOR: Final = '{"name":"bitmart","api_key":"any","api_secret":"any","memo":"any"}'
_BOT: Final = (
    '{"name":"First","account":"client_sharp","connector":"bitmart","pair":"SHARP/USDT",'
    '"strategy":"spread","config":{"order_amount":1000}}'
)


@dataclass(frozen=True, slots=True)
class Running:
    """What runs, for the person who started it.

    Attributes:
        is_simulated: Whether the Hummingbot API is a child of ours, which ends with us.
    """

    address: str
    hummingbot_url: str
    is_simulated: bool
    database_url: str | None
    data_dir: Path
    is_open: bool


class Terminal:
    """Writes to a terminal with a spinner, and to anything else with plain lines."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)

    @contextmanager
    def step(self, doing: str) -> Generator[None]:
        """Show what is being done, and how long it took when it went well."""
        started = time.monotonic()
        if self._console.is_terminal:
            with self._console.status(f"{doing} …"):
                yield
        else:
            self.say(f"{doing} …")
            yield
        self.say(f"{doing}: done in {time.monotonic() - started:.1f} s")

    def say(self, line: str) -> None:
        """Write one line as it is: neither wrapped nor coloured, so that it can be copied."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def welcome(self, running: Running, warnings: Sequence[str] = ()) -> None:
        """Write the addresses, what is to be minded, and some lines for a shell."""
        stay = "the data stay, simulated bots do not" if running.is_simulated else "the data stay"
        hummingbot = running.hummingbot_url
        if running.is_simulated:
            hummingbot = f"simulated, {hummingbot} (bots trade nothing)"
        self.say("")
        self.say(f"Trading Bridge is running. Ctrl-C stops everything; {stay}.")
        self.say(f"  API         {running.address}")
        self.say(f"  Docs        {running.address}/docs")
        self.say(f"  Hummingbot  {hummingbot}")
        if running.is_open:
            self.say("  Access      open: whoever reaches this address may do everything")
        else:
            self.say("  Access      with a key: 'bridge keys create' makes one")
        if running.database_url is not None:
            self.say(f"  Database    {running.database_url}")
        self.say(f"  Data        {running.data_dir}")
        for warning in warnings:
            self.say(f"  Warning     {warning}")
        self.say("")
        self.say("Try, in another terminal:")
        for line in curl_lines(running.address, is_simulated=running.is_simulated):
            self.say(f"  {line}")
        self.say("")


def curl_lines(address: str, *, is_simulated: bool) -> list[str]:
    """Return lines for one shell: make a client, find it by its wallet, make a bot and run it.

    Args:
        address: The bridge.
        is_simulated: False leaves out the made-up credentials, and the start of a bot with them.
    """
    post = "curl -sS -H 'Content-Type: application/json'"
    connectors = f',"connectors":[{_CONNECTOR}]' if is_simulated else ""
    client = f'{{"name":"Sharp","wallets":[{_WALLET}]{connectors}}}'
    create_client = f"{post} {address}/clients/create -d '{client}'"
    find_client = f"curl -sS {address}/clients/by-wallet/{_ADDRESS.lower()}"
    create_bot = f"{post} {address}/bots/create -d '{_BOT}'"
    list_bots = f"curl -sS '{address}/bots?account=client_sharp'"
    if not is_simulated:
        return [create_client, find_client, create_bot, list_bots]
    return [
        create_client,
        find_client,
        f"BOT=$({create_bot} | cut -d'\"' -f4)",
        f"curl -sS -X POST {address}/bots/$BOT/start",
        list_bots,
        f"curl -sS -X POST {address}/bots/$BOT/stop",
    ]

"""What ``bridge dev`` shows: each step while it lasts, then the addresses and what to try."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

_WALLET: Final = "0x71C7656EC7ab88b098defB751B7401B5f6d8976F"


@dataclass(frozen=True, slots=True)
class Running:
    """What runs, for the person who started it."""

    address: str
    database_url: str | None
    data_dir: Path


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

    def welcome(self, running: Running) -> None:
        """Write the addresses and three lines for a shell."""
        address = running.address
        self.say("")
        self.say("Trading Bridge is running. Ctrl-C stops everything; the data stay.")
        self.say(f"  API       {address}")
        self.say(f"  Docs      {address}/docs")
        if running.database_url is not None:
            self.say(f"  Database  {running.database_url}")
        self.say(f"  Data      {running.data_dir}")
        self.say("")
        self.say("Try, in another terminal:")
        for line in curl_lines(address):
            self.say(f"  {line}")
        self.say("")


def curl_lines(address: str) -> list[str]:
    """Return three shell lines: make a client with a wallet, find it by the wallet, make a bot."""
    post = "curl -sS -H 'Content-Type: application/json'"
    client = f'{{"name":"Sharp","wallets":[{{"chain":"evm","address":"{_WALLET}"}}]}}'
    bot = (
        '{"name":"First","account":"client_sharp","connector":"bitmart","pair":"SHARP/USDT",'
        '"strategy":"spread","config":{"order_amount":1000}}'
    )
    list_bots = f"curl -sS '{address}/bots?account=client_sharp'"
    return [
        f"{post} {address}/clients/create -d '{client}'",
        f"curl -sS {address}/clients/by-wallet/{_WALLET.lower()}",
        f"{post} {address}/bots/create -d '{bot}' && {list_bots}",
    ]

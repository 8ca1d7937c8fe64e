"""Everybody who polls are compared with, running side by side on one database."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import aiohttp
from bench.bare import Answer
from bench.contenders import (
    PEERS_TO_MEET,
    Contender,
    Kind,
    Peer,
    bare,
    met,
    nginx,
    pgbench,
    polled,
)
from bench.cores import Cores
from bench.load import Load, LoadError, Target
from bench.same import differences
from bench.servers import served
from bench.visitors import (
    ACCOUNTS,
    GUARDED,
    HEADERS,
    KEY,
    ORIGIN,
    account_name,
    path,
    sample,
    seed,
    session,
    wallet_path,
)
from bench.workshop import MissingError

from bridge.db.sql import load as load_sql
from bridge.pages import Page

CONNECTIONS: Final = 64
_COMPARED: Final = (1, ACCOUNTS // 2, ACCOUNTS)  # whose answers are compared
_SHOWN: Final = 5
_NUMBERS: Final = range(1, ACCOUNTS + 1)
_NOT_OF_A_304: Final = ("content-type", "content-length")


@dataclass(slots=True)
class Arena:
    """Who runs, and who could not be had.

    Attributes:
        missing: By label, why.
        body_bytes: Of one answer.
    """

    contenders: list[Contender] = field(default_factory=list[Contender])
    missing: dict[str, str] = field(default_factory=dict[str, str])
    body_bytes: int = 0


@asynccontextmanager
async def arena(url: str, cores: Cores) -> AsyncGenerator[Arena]:
    """Start all, and stop them after the block.

    Raises:
        LoadError: A server did not start, or a peer says something else than the bridge.
    """
    async with AsyncExitStack() as stack:
        gathering = _Gathering(stack, url, cores.prefix)
        port = await gathering.bridge({})
        await seed(port)
        answer = await sample(port)
        gathering.made.body_bytes = len(answer.body)
        full = _load([Target(path(number)) for number in _NUMBERS], len(answer.body))
        gathering.add("bridge", "Trading Bridge", "bridge", port, full)
        await gathering.unchanged(port, answer)
        await gathering.others(port, full)
        await gathering.limits(answer, full)
        await gathering.peers(port)
        yield gathering.made


@dataclass(frozen=True, slots=True)
class _Gathering:
    """Starts one after the other."""

    stack: AsyncExitStack
    url: str
    prefix: tuple[str, ...]
    made: Arena = field(default_factory=Arena)

    def add(self, name: str, label: str, kind: Kind, port: int, load: Load) -> None:
        self.made.contenders.append(polled(name, label, kind, load, port))

    async def bridge(self, variables: dict[str, str]) -> int:
        environment = {"DATABASE_URL": self.url, **GUARDED, **variables}
        server = await self.stack.enter_async_context(
            served("-m", "bridge", "serve", environment=environment, prefix=self.prefix)
        )
        return server.port

    async def unchanged(self, port: int, answer: Answer) -> None:
        """Add polls of what the asker has already, and the most that the server makes of them."""
        if answer.header("etag"):
            tags = [(await sample(port, number)).header("etag") for number in _NUMBERS]
            targets = [Target(path(n), tag) for n, tag in zip(_NUMBERS, tags, strict=True)]
            found = await sample(port, etag=tags[0])
            if found.status != HTTPStatus.NOT_MODIFIED:
                raise LoadError(f"The bridge answers {found.status} to its own ETag.")
            self.add("bridge_304", "Trading Bridge, 304", "bridge", port, _load(targets, 0))
        else:
            self.made.missing["Trading Bridge, 304"] = "its answers have no ETag"
            kept = [pair for pair in answer.headers if pair[0] not in _NOT_OF_A_304]
            targets, found = [Target(path(1))], Answer(HTTPStatus.NOT_MODIFIED, kept, b"")
        alone = await self.stack.enter_async_context(bare(found, self.prefix))
        self.add("bare_304", "bare ASGI application, 304", "limit", alone.port, _load(targets, 0))

    async def others(self, port: int, full: Load) -> None:
        """Add other reads: nobody is checked, each is read anew, or asks for a wallet."""
        # It answers from memory; all contenders together stay below what the database takes.
        anybody = await self.bridge({"BRIDGE_AUTH": "open", "BRIDGE_POOL_SIZE": "2"})
        self.add("bridge_open", "Trading Bridge, open mode", "bridge", anybody, full)
        anew = await self.bridge({"BRIDGE_FRONT": "off"})
        self.add("bridge_front_off", "Trading Bridge, front off", "bridge", anew, full)
        forgetful = await self.bridge({"BRIDGE_CACHE_ENTRIES": "1"})
        self.add("bridge_missed", "Trading Bridge, nothing held", "bridge", forgetful, full)
        async with session(port) as caller, caller.get(wallet_path(1)) as response:
            length = len(await response.read())
        wallets = _load([Target(wallet_path(number)) for number in _NUMBERS], length)
        label = "Trading Bridge, GET /clients/by-wallet"
        self.add("bridge_by_wallet", label, "bridge", port, wallets)

    async def limits(self, answer: Answer, full: Load) -> None:
        """Add what could be at best."""
        alone = await self.stack.enter_async_context(bare(answer, self.prefix))
        self.add("bare", "bare ASGI application", "limit", alone.port, full)
        label = "nginx, a static file of the same size"
        try:
            port = await self.stack.enter_async_context(nginx(answer.body, self.prefix))
            self.add("nginx", label, "limit", port, full)
        except MissingError as exc:
            self.made.missing[label] = str(exc)
        try:
            self.made.contenders.append(pgbench(self.url, _for_pgbench(), self.prefix))
        except MissingError as exc:
            self.made.missing["pgbench"] = str(exc)

    async def peers(self, bridge_port: int) -> None:
        """Add those who answer the same in another stack."""
        variables = {"PEER_KEY": KEY, "PEER_ORIGIN": ORIGIN}
        for peer in PEERS_TO_MEET:
            try:
                started = met(peer, self.url, variables, self.prefix)
                port = await self.stack.enter_async_context(started)
            except MissingError as exc:
                self.made.missing[peer.label] = str(exc)
                continue
            await _check(peer, port, bridge_port)
            # Its answers differ in length, by spaces and the digits of times.
            load = _load([Target(path(number)) for number in _NUMBERS], await _shortest(port))
            self.add(peer.name, peer.label, "peer", port, load)


def _load(targets: list[Target], body_bytes: int) -> Load:
    return Load(connections=CONNECTIONS, targets=targets, headers=HEADERS, body_bytes=body_bytes)


async def _shortest(port: int) -> int:
    lengths = [len((await sample(port, number)).body) for number in _NUMBERS]
    return min(lengths)


async def _check(peer: Peer, port: int, bridge_port: int) -> None:
    """Hold a peer to what the bridge does.

    Raises:
        LoadError: It answers something else, or anybody.
    """
    for number in _COMPARED:
        expected, found = await sample(bridge_port, number), await sample(port, number)
        if unlike := differences(expected.body, found.body):
            shown = "; ".join(unlike[:_SHOWN])
            raise LoadError(f"{peer.label} says something else about {number}: {shown}")
        allowed = found.header("access-control-allow-origin")
        if allowed != expected.header("access-control-allow-origin"):
            raise LoadError(f"{peer.label} answers the origin otherwise: {allowed!r}")
    strangers = (
        {"Origin": ORIGIN},
        {"Origin": ORIGIN, "Authorization": f"Bearer {KEY[:-1]}x"},
    )
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as caller:
        for headers in strangers:
            async with caller.get(path(1), headers=headers) as response:
                if response.status != HTTPStatus.UNAUTHORIZED:
                    raise LoadError(f"{peer.label} answers {response.status} without the key.")


def _for_pgbench() -> str:
    """Return the bridge's own statement as pgbench has it, for a random account."""
    page = Page()
    account = account_name(1)[:-3]
    values = {
        "$1": f"ARRAY['{account}' || lpad((:number)::text, 3, '0')]",
        "$2": "NULL",
        "$3": f"'{page.after_created_at.isoformat()}'::timestamptz",
        "$4": f"'{page.after_id}'::uuid",
        "$5": str(page.rows_wanted),
    }
    lines = load_sql("bots/list_by_account").splitlines()
    statement = "\n".join(line for line in lines if not line.startswith("--"))
    for name, value in values.items():
        statement = statement.replace(name, value)
    return f"\\set number random(1, {ACCOUNTS})\n{statement}\n"

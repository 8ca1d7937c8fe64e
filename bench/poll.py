"""How fast accounts are polled, beside what the server could do at best.

Both sides run on the same machine in the same minutes, their rounds interleaved, with the same
server, the same settings and answers of the same size; so the ratio says more than the figures.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager
from typing import Final

import aiohttp
import click
import msgspec
from bench.bare import ANSWER_VARIABLE, Answer
from bench.load import Load, LoadError, Round
from bench.page import machine_facts, write
from bench.report import Report, markdown, ratio, side, table
from bench.scratch import scratch_database, server_version
from bench.servers import served
from rich.console import Console

_ACCOUNTS: Final = 200
_BOTS: Final = 5
_LOAD: Final = Load(connections=64, accounts=_ACCOUNTS, prefix="client_bench_")
_WARM_UP_SECONDS: Final = 2
# The server writes these by itself, for every application.
_OF_THE_SERVER: Final = ("date", "server")


@click.command("poll")
@click.option("--rounds", type=click.IntRange(1, 99), default=9, help="Of each side.")
@click.option("--seconds", type=click.IntRange(1, 60), default=5, help="Of one round.")
@click.option("--write/--no-write", "is_written", default=True, help="Write docs/performance.")
def poll(rounds: int, seconds: int, *, is_written: bool) -> None:
    """Measure polling; BRIDGE_BENCH_DATABASE_URL names a server where databases may be made."""
    console = Console()
    try:
        report = asyncio.run(measure(rounds, seconds, console))
    except LoadError as error:
        sys.exit(str(error))
    console.print(table(report), f"ratio {report.ratio:.3f}")
    for path in write("poll", report, markdown(report)) if is_written else ():
        console.print(f"written: {path}", soft_wrap=True, highlight=False)


async def measure(rounds: int, seconds: int, console: Console) -> Report:
    """Start everything, make the rounds, stop everything.

    Raises:
        LoadError: A server or wrk failed.
    """
    async with AsyncExitStack() as stack:
        server_url = os.environ.get("BRIDGE_BENCH_DATABASE_URL", "").strip()
        url = await stack.enter_async_context(scratch_database(server_url))
        bridge = await stack.enter_async_context(
            served("-m", "bridge", "serve", environment={"DATABASE_URL": url})
        )
        await _seed(bridge.port)
        answer = await _sample(bridge.port)
        path = stack.enter_context(_file(msgspec.json.encode(answer)))
        bare = await stack.enter_async_context(
            served("-m", "bench.bare", environment={ANSWER_VARIABLE: path})
        )
        if (same := await _sample(bare.port)).body != answer.body:
            raise LoadError(f"The bare application sends other bytes: {same.body[:80]!r}")
        load = msgspec.structs.replace(_LOAD, body_bytes=len(answer.body))
        by_bridge, by_bare = await _rounds(load, (bridge.port, bare.port), rounds, seconds, console)
        return Report(
            command=f"make bench ARGS='poll --rounds {rounds} --seconds {seconds}'",
            accounts=_ACCOUNTS,
            bots_per_account=_BOTS,
            connections=_LOAD.connections,
            seconds_per_round=seconds,
            body_bytes=len(answer.body),
            machine=machine_facts(await server_version(url)),
            bridge=side(by_bridge),
            bare=side(by_bare),
            ratio=ratio(by_bridge, by_bare),
        )


async def _rounds(
    load: Load, ports: tuple[int, int], rounds: int, seconds: int, console: Console
) -> tuple[list[Round], list[Round]]:
    """Load both ports in turn; the bridge's comes first."""
    by_bridge: list[Round] = []
    by_bare: list[Round] = []
    for port in ports:
        await load.run(port, _WARM_UP_SECONDS)
    for number in range(1, rounds + 1):
        by_bridge.append(await load.run(ports[0], seconds))
        by_bare.append(await load.run(ports[1], seconds))
        console.print(
            f"round {number}/{rounds}: bridge {by_bridge[-1].requests_per_second:,.0f},"
            f" bare {by_bare[-1].requests_per_second:,.0f} requests/s",
            highlight=False,
        )
    return by_bridge, by_bare


@contextmanager
def _file(content: bytes) -> Generator[str]:
    with tempfile.NamedTemporaryFile(prefix="bridge-bench-") as file:
        file.write(content)
        file.flush()
        yield file.name


async def _seed(port: int) -> None:
    """Make the accounts and their bots through the API; their answers are all of one length."""
    bot = {"connector": "bitmart", "pair": "SHARP/USDT", "strategy": "spread"}
    config = {"bid_spread": 0.003, "ask_spread": 0.003, "order_amount": 1600}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", raise_for_status=True) as session:
        for number in range(1, _ACCOUNTS + 1):
            account = f"{_LOAD.prefix}{number:03}"
            client = {"name": f"Bench {number:03}", "account_identifier": account}
            async with session.post("/clients/create", json=client):
                pass
            for n in range(_BOTS):
                body = {"name": f"Bot {n}", "account": account, "config": config, **bot}
                async with session.post("/bots/create", json=body):
                    pass


async def _sample(port: int) -> Answer:
    """Return what the server answers for one account."""
    url = f"http://127.0.0.1:{port}/bots?account={_LOAD.prefix}001"
    async with (
        aiohttp.ClientSession(raise_for_status=True) as session,
        session.get(url, headers={"Accept-Encoding": "identity"}) as response,
    ):
        body = await response.read()
        kept = [(str(n), v) for n, v in response.headers.items() if n.lower() not in _OF_THE_SERVER]
    if len(msgspec.json.decode(body)["bots"]) != _BOTS:
        raise LoadError(f"The server does not list {_BOTS} bots: {body[:200]!r}")
    return Answer(headers=kept, body=body)

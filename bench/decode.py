"""How long the upstream's answer about all bots takes to decode, beside `json.loads`.

The answer is nearly all log lines, which are skipped; what it costs in memory is measured on the
whole way, from the socket to the decoded bots, in a process of its own.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Final

import click
import msgspec
from aiohttp import web
from bench.answers import status_answer
from bench.page import markdown_table, write
from rich.console import Console

from bridge.hummingbot.protocol.messages import Reply
from bridge.hummingbot.protocol.statuses import decode_statuses

_BOTS: Final = 50
_CALLS_PER_ROUND: Final = 10
_STATUS: Final = "/{size}/bot-orchestration/status"


class DecodeReport(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run; a round's figure is that of its fastest call.

    Attributes:
        ratio: Of the medians.
        peak_bytes: What receiving and decoding needed at most, the answer included; None where
            the kernel does not tell.
    """

    command: str
    bots: int
    answer_bytes: int
    bridge_ms: list[float]
    json_ms: list[float]
    bridge_median_ms: float
    json_median_ms: float
    ratio: float
    peak_bytes: int | None


@click.command("decode")
@click.option("--rounds", type=click.IntRange(1, 999), default=21, help="Of each side.")
@click.option("--write/--no-write", "is_written", default=True, help="Write docs/performance.")
def decode(rounds: int, *, is_written: bool) -> None:
    """Measure decoding the status of 50 bots with full logs, against json.loads."""
    console = Console()
    report = measure(rounds)
    for row in _cells(report):
        console.print(*(f"{cell:>24}" for cell in row), highlight=False)
    for path in write("decode", report, _markdown(report)) if is_written else ():
        console.print(f"written: {path}", soft_wrap=True, highlight=False)


def measure(rounds: int) -> DecodeReport:
    """Make the answer and decode it, by both in turn."""
    body = status_answer(_BOTS)
    reply = Reply(200, {}, body)
    by_bridge: list[float] = []
    by_json: list[float] = []
    for _ in range(rounds):
        by_bridge.append(_fastest_ms(lambda: decode_statuses(reply)))
        by_json.append(_fastest_ms(lambda: json.loads(body)))
    bridge_ms, json_ms = statistics.median(by_bridge), statistics.median(by_json)
    return DecodeReport(
        command=f"make bench ARGS='decode --rounds {rounds}'",
        bots=_BOTS,
        answer_bytes=len(body),
        bridge_ms=by_bridge,
        json_ms=by_json,
        bridge_median_ms=bridge_ms,
        json_median_ms=json_ms,
        ratio=round(json_ms / bridge_ms, 2),
        peak_bytes=asyncio.run(_peak_bytes(body)) if sys.platform == "linux" else None,
    )


def _fastest_ms(call: Callable[[], object]) -> float:
    took: list[float] = []
    for _ in range(_CALLS_PER_ROUND):
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    return round(min(took) * 1000, 3)


async def _peak_bytes(body: bytes) -> int:
    async with _answering({"small": status_answer(1), "large": body}) as url:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.receive", f"{url}/small", f"{url}/large"),
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
    return int(output)


@asynccontextmanager
async def _answering(bodies: dict[str, bytes]) -> AsyncGenerator[str]:
    """Serve these answers while the block runs; yields the URL before their names."""

    async def answer(request: web.Request) -> web.Response:
        body = bodies[request.match_info["size"]]
        return web.Response(body=body, content_type="application/json")

    app = web.Application()
    app.router.add_get(_STATUS, answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _markdown(report: DecodeReport) -> str:
    rounds = len(report.bridge_ms)
    peak = ""
    if report.peak_bytes is not None:
        times = report.peak_bytes / report.answer_bytes
        peak = (
            f" Receiving and decoding needed {report.peak_bytes / 1e6:.2f} MB at most:"
            f" **{times:.2f}** times the answer, itself included."
        )
    return (
        f"`{report.command}`, {report.bots} bots with 100 + 100 log lines each,"
        f" {report.answer_bytes:,} bytes, medians of {rounds} interleaved rounds, the fastest of"
        f" {_CALLS_PER_ROUND} calls in each:\n\n"
        + markdown_table(_cells(report))
        + f"\n\n`json.loads` takes **{report.ratio:.2f}** times as long.{peak}"
    )


def _cells(report: DecodeReport) -> list[tuple[str, str]]:
    return [
        ("", "ms"),
        ("decode_statuses", f"{report.bridge_median_ms:.2f}"),
        ("json.loads", f"{report.json_median_ms:.2f}"),
    ]

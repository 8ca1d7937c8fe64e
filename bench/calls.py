"""What one hot poll calls, under the profiler: the whole application, in this process, no server.

Reads settings as the server does, and prints `Calls` as JSON. The account is that of the command
line; the first polls fill what is kept of it, and do not count.
"""

import asyncio
import cProfile
import os
import pstats
import sys
from collections.abc import Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
import uvloop
from bench.load import LoadError

from bridge import logs
from bridge.app import create_app
from bridge.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from litestar.types import ASGIApp

Message = dict[str, Any]

_WARM_UP: Final = 50
_POLLS: Final = 500
_KEPT: Final = 40
_SOURCES: Final = ("src/", "site-packages/", "lib/")
_OWN: Final = Path(__file__).name


class Call(msgspec.Struct, frozen=True):
    """One function.

    Attributes:
        calls: In one poll.
        own_us: Without what it calls, under the profiler, which makes all of it slower.
    """

    name: str
    calls: float
    own_us: float


class Calls(msgspec.Struct, frozen=True):
    """One poll.

    Attributes:
        total: Calls of functions, Python's and C's; those of this program itself are left out.
        python: Those of Python's functions alone.
        functions: The most expensive first.
    """

    status: int
    total: float
    python: float
    functions: list[Call]


def scope_of(target: str, headers: Mapping[str, str]) -> Message:
    """Return what a server hands over for a GET."""
    path, _, query = target.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 50_000),
        "scheme": "http",
        "method": "GET",
        "root_path": "",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [
            (b"host", b"127.0.0.1"),
            *((name.lower().encode(), value.encode()) for name, value in headers.items()),
        ],
        "state": {},
    }


async def profiled(target: str, headers: Mapping[str, str]) -> Calls:
    """Poll the application that the settings describe, and return what a poll calls.

    Raises:
        LoadError: It answers neither 200 nor 304.
    """
    app = create_app(read_settings(os.environ)).app
    statuses: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if "status" in message:
            statuses.append(message["status"])

    call, scope = cast("Any", app), scope_of(target, headers)

    async def poll() -> None:
        # A server makes all of it anew each time, but that is the server's own cost.
        await call({**scope, "state": {}}, receive, send)

    async with _alive(app):
        for _ in range(_WARM_UP):
            await poll()
        profile = cProfile.Profile()
        profile.enable()
        for _ in range(_POLLS):
            await poll()
        profile.disable()
    if set(statuses) not in ({200}, {304}):
        raise LoadError(f"The application answers {sorted(set(statuses))}.")
    return _calls(profile, statuses[-1])


@asynccontextmanager
async def _alive(app: "ASGIApp") -> "AsyncGenerator[None]":
    """Run the application's lifespan around the block."""
    started, ending = asyncio.Event(), asyncio.Event()

    async def receive() -> Message:
        if started.is_set():
            await ending.wait()
            return {"type": "lifespan.shutdown"}
        return {"type": "lifespan.startup"}

    async def send(message: Message) -> None:
        if message["type"] == "lifespan.startup.failed":
            raise LoadError(f"The application does not start: {message.get('message')}")
        started.set()

    scope: Message = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    life = asyncio.ensure_future(cast("Any", app)(scope, receive, send))
    waiting = asyncio.ensure_future(started.wait())
    await asyncio.wait([life, waiting], return_when=asyncio.FIRST_COMPLETED)
    if not started.is_set():
        await life
    try:
        yield
    finally:
        ending.set()
        with suppress(asyncio.CancelledError):
            await life


def _calls(profile: cProfile.Profile, status: int) -> Calls:
    rows = cast(
        "dict[tuple[str, int, str], tuple[int, int, float, float, object]]",
        pstats.Stats(profile).stats,  # type: ignore[attr-defined]
    )
    counted = {
        place: figures
        for place, figures in rows.items()
        if Path(place[0]).name != _OWN and "_lsprof" not in place[2]
    }
    made = [
        Call(_function(*place), round(count / _POLLS, 2), round(own * 1e6 / _POLLS, 3))
        for place, (_, count, own, _, _) in counted.items()
    ]
    return Calls(
        status=status,
        total=round(sum(figures[1] for figures in counted.values()) / _POLLS, 2),
        python=round(
            sum(figures[1] for place, figures in counted.items() if place[0] != "~") / _POLLS, 2
        ),
        functions=sorted(made, key=lambda each: -each.own_us)[:_KEPT],
    )


def _function(file: str, _line: int, name: str) -> str:
    for root in _SOURCES:
        _, found, rest = file.rpartition(root)
        if found:
            return f"{rest}: {name}"
    return name if file == "~" else f"{Path(file).name}: {name}"


def main() -> None:
    """Poll what the command line names: a path, then header lines."""
    target, *lines = sys.argv[1:]
    headers = dict(line.split(": ", 1) for line in lines)
    logs.configure("warning")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(profiled(target, headers))
    sys.stdout.write(msgspec.json.encode(found).decode())


if __name__ == "__main__":
    main()

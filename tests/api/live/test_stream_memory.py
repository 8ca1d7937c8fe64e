"""What an idle reader of a stream costs in Python's own memory, beside one that is only held."""

import asyncio
import gc
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, Final, cast

import pytest
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from tests.api.inputs import ORIGIN, Make
from tests.api.serving import serving

from bridge.app import create_app
from bridge.settings import read_settings

_KEY: Final = "the-admin-key-of-these-tests-0123456789"
_READERS: Final = 500
_MOST_BYTES_MORE: Final = 1_024


@pytest.fixture
async def app(default_environ: dict[str, str], api_database_url: str) -> AsyncIterator[ASGIApp]:
    settings = read_settings(
        default_environ
        | {
            "DATABASE_URL": api_database_url,
            "BRIDGE_AUTH": "required",
            "BRIDGE_ADMIN_KEY": _KEY,
        }
    )
    front = create_app(settings)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(settings, front))
        yield front.app


async def test_idle_reader_costs_a_kibibyte_more_than_one_that_is_only_held(
    app: ASGIApp, make_bot: Make
) -> None:
    bot = await make_bot()

    ours = await _bytes_of_a_reader(app, bot["account"])
    bare = await _bytes_of_a_reader(_held, bot["account"])

    assert 0 < bare < ours <= bare + _MOST_BYTES_MORE, (ours, bare)


async def _held(_scope: Scope, receive: Receive, send: Send) -> None:
    """Hold a stream until its reader leaves, as every service must notice."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
    while (await receive())["type"] != "http.disconnect":
        pass


async def _bytes_of_a_reader(app: ASGIApp, account: str) -> float:
    """Open streams, and return what each of them holds of Python's memory once it is idle."""
    await _with_readers(app, account, 20)  # what is made once
    return (await _with_readers(app, account, _READERS)) / _READERS


async def _with_readers(app: ASGIApp, account: str, count: int) -> int:
    gone = asyncio.get_running_loop().create_future()
    begun = asyncio.Semaphore(0)

    async def receive() -> Any:  # noqa: ANN401 - as ASGI has it
        await asyncio.shield(gone)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            begun.release()

    gc.collect()
    tracemalloc.start()
    tasks = [
        asyncio.ensure_future(cast("Any", app(_scope(account), receive, send)))
        for _ in range(count)
    ]
    for _ in tasks:
        await begun.acquire()
    await asyncio.sleep(0)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    gone.set_result(None)
    await asyncio.wait(tasks)
    return held


def _scope(account: str) -> HTTPScope:
    """Return a request as the server hands it over, with objects of its own."""
    headers = {
        "host": "127.0.0.1",
        "authorization": f"Bearer {_KEY}",
        "origin": ORIGIN,
        "accept": "text/event-stream",
        "accept-encoding": "gzip, deflate, br, zstd",
    }
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/bots/stream",
        "raw_path": b"/bots/stream",
        "query_string": f"account={account}".encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "state": {},
    }
    return cast("HTTPScope", scope)

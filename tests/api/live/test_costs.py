"""What a poll costs, counted: statements on the wire, and calls in Python."""

import asyncio
import cProfile
import pstats
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, Final, NamedTuple, cast

import aiohttp
import pytest
from litestar.types import ASGIApp, HTTPScope, Message
from multidict import CIMultiDict, CIMultiDictProxy
from tests.api.calls import Answer, Api, ok
from tests.api.inputs import ORIGIN, Make
from tests.api.live.polling import hot, names
from tests.api.serving import LOOPBACK, serving
from tests.api.wire import Relay, relaying

from bridge.app import create_app
from bridge.settings import read_settings

_KEY: Final = "the-admin-key-of-these-tests-0123456789"
_RIGHT: Final = {"Authorization": f"Bearer {_KEY}", "Origin": ORIGIN}
_POLLS: Final = 10_000
_CONNECTIONS: Final = 20
_ATTEMPTS: Final = 10
_STALLED_SECONDS: Final = (
    2.4  # the feed is given up that long after its last sweep, at the earliest
)
_MOST_CALLS: Final = 24
_MOST_CALLS_OF_A_READING: Final = 1_000


class _Counted(NamedTuple):
    """A server that keeps one list besides those in use, and what its pool sends."""

    api: Api
    app: ASGIApp
    relay: Relay


@pytest.fixture
async def counted(
    api: Api, http: aiohttp.ClientSession, default_environ: dict[str, str], api_database_url: str
) -> AsyncIterator[_Counted]:
    """The feed has a connection of its own past the relay."""
    del api
    async with relaying(api_database_url) as relay:
        settings = read_settings(
            default_environ
            | {
                "DATABASE_URL": relay.url,
                "DATABASE_DIRECT_URL": api_database_url,
                "BRIDGE_AUTH": "required",
                "BRIDGE_ADMIN_KEY": _KEY,
                "BRIDGE_CACHE_ENTRIES": "1",
            }
        )
        front = create_app(settings)
        async with serving(settings, front) as port:
            yield _Counted(Api(http, f"http://{LOOPBACK}:{port}"), front.app, relay)


def _lists(relay: Relay) -> list[str]:
    return [text for text in relay.statements if text.startswith("-- bots/list_")]


@pytest.mark.parametrize("status", [200, 304])
async def test_polls_without_a_change_cost_no_statement(
    counted: _Counted, make_bot: Make, status: int
) -> None:
    bot = await make_bot()
    path = f"/bots?account={bot['account']}"
    etag = (await hot(counted.api, path, **_RIGHT)).headers["ETag"]
    counted.relay.statements.clear()
    headers = _RIGHT | ({"If-None-Match": etag} if status == 304 else {})
    request = _request(counted.api, path, headers)

    told = await asyncio.gather(
        *(
            _pipelined(counted.api, request, _POLLS // _CONNECTIONS, status)
            for _ in range(_CONNECTIONS)
        )
    )

    assert sum(told) == _POLLS
    assert counted.relay.statements == []


def _request(api: Api, path: str, headers: dict[str, str]) -> bytes:
    lines = [f"GET {path} HTTP/1.1", f"Host: {api.origin.removeprefix('http://')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


async def _pipelined(api: Api, request: bytes, count: int, status: int) -> int:
    """Send the same request many times over one connection; return how many had this status."""
    reader, writer = await asyncio.open_connection(LOOPBACK, int(api.origin.rpartition(":")[2]))
    told = 0
    for _ in range(count):
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        told += head.startswith(f"HTTP/1.1 {status} ".encode())
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length or 0))
    writer.close()
    await writer.wait_closed()
    return told


@pytest.mark.parametrize("kind", ["evicted", "unknown"])
async def test_thousands_who_ask_at_once_for_what_is_not_held_cost_one_statement(
    counted: _Counted, make_bot: Make, kind: str
) -> None:
    bot = await make_bot()
    account = bot["account"] if kind == "evicted" else "nobody"
    path = f"/bots?account={account}"

    async def evict() -> None:
        await hot(counted.api, path, **_RIGHT)
        for number in range(3):
            await hot(counted.api, f"/bots?account=pushes-{number}", **_RIGHT)

    answers = await _all_at_once(counted, path, evict)

    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert len(answers[0].json["bots"]) == (kind == "evicted")
    assert len(_lists(counted.relay)) == 1
    assert len(counted.relay.statements) == 1


async def test_thousands_who_ask_at_once_after_a_change_cost_one_statement(
    counted: _Counted, make_bot: Make
) -> None:
    bot = await make_bot()
    path = f"/bots?account={bot['account']}"
    given = [f"Renamed {number}" for number in range(_ATTEMPTS)]
    left = iter(given)

    async def change() -> None:
        await hot(counted.api, path, **_RIGHT)
        body = {"name": next(left)}
        ok(await counted.api.call("PUT", f"/bots/{bot['id']}", body, headers=_RIGHT))

    answers = await _all_at_once(counted, path, change)

    assert names(answers[0]) in [[name] for name in given]
    assert len({answer.body for answer in answers}) == 1
    assert len(_lists(counted.relay)) == 1


@pytest.mark.parametrize("more", [{}, {"Accept-Encoding": "gzip"}, {"If-None-Match": "etag"}])
async def test_poll_from_memory_is_a_few_calls(
    counted: _Counted, make_bot: Make, more: dict[str, str]
) -> None:
    bot = await make_bot()
    path = f"/bots?account={bot['account']}"
    answer = await hot(counted.api, path, **_RIGHT)
    if "If-None-Match" in more:
        more = {"If-None-Match": answer.headers["ETag"]}
    scope = _scope(path, _RIGHT | more)
    # What it learns of a spelling, and compressing, are done once.
    for _ in range(3):
        await _exchange(counted.app, scope)

    calls = _calls(counted.app, scope)

    assert 2 < calls <= _MOST_CALLS, calls


async def test_reading_through_the_controllers_is_some_hundred_calls(
    counted: _Counted, make_bot: Make
) -> None:
    bot = await make_bot()
    scope = _scope(f"/bots?account={bot['account']}&limit=1000", _RIGHT)
    for _ in range(3):
        await _exchange(counted.app, scope)
    rounds = 50
    profile = cProfile.Profile()
    counted.relay.statements.clear()

    profile.enable()
    for _ in range(rounds):
        await _exchange(counted.app, scope)
    profile.disable()

    assert len(_lists(counted.relay)) == rounds
    calls = cast("int", vars(pstats.Stats(profile))["total_calls"]) / rounds
    # The relay makes a third of them. A group of tasks for two injected values is 250 more.
    assert 100 < calls <= _MOST_CALLS_OF_A_READING, calls


async def _all_at_once(
    counted: _Counted, path: str, prepare: Callable[[], Awaitable[None]]
) -> list[Answer]:
    """Return what thousands are answered who ask in the same moment; the statements are theirs.

    A process that has stood still for longer hears of changes too late, and reads anew by design.
    So an attempt on a machine that was as busy as that says nothing, and is made again.
    """
    for _ in range(_ATTEMPTS):
        await prepare()
        counted.relay.statements.clear()
        began = time.monotonic()
        answers = await asyncio.gather(*(_asked(counted.app, path) for _ in range(5_000)))
        if time.monotonic() - began < _STALLED_SECONDS:
            return answers
    pytest.skip("this machine is too busy to let 5,000 ask at once")


def _calls(app: ASGIApp, scope: HTTPScope) -> float:
    """Return how many calls a poll makes, sending included.

    It is run without the loop, for it waits for nothing.
    """
    rounds = 100
    profile = cProfile.Profile()
    polls = [cast("Coroutine[Any, Any, None]", app(scope, _receive, _drop)) for _ in range(rounds)]
    waiting = 0
    profile.enable()
    for poll in polls:
        try:
            poll.send(None)
            waiting += 1
        except StopIteration:
            continue
    profile.disable()
    assert waiting == 0
    return cast("int", vars(pstats.Stats(profile))["total_calls"]) / rounds


async def _drop(_message: Message) -> None:
    """Send nowhere."""


async def _receive() -> Any:  # noqa: ANN401 - as ASGI has it
    return {"type": "http.request", "body": b"", "more_body": False}


async def _asked(app: ASGIApp, path: str) -> Answer:
    """Return what the application answers, past sockets: 10,000 of them are not to be had."""
    return await _exchange(app, _scope(path, _RIGHT))


async def _exchange(app: ASGIApp, scope: HTTPScope) -> Answer:
    messages: list[Any] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(cast("HTTPScope", {**scope}), _receive, keep)
    start, *rest = messages
    headers = CIMultiDict((name.decode(), value.decode()) for name, value in start["headers"])
    body = b"".join(message["body"] for message in rest)
    return Answer(start["status"], CIMultiDictProxy(headers), body)


def _scope(path: str, headers: dict[str, str]) -> HTTPScope:
    """Return a request as the server hands it over."""
    path, _, query = path.partition("?")
    named = {"Host": "127.0.0.1"} | headers
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in named.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "state": {},
    }
    return cast("HTTPScope", scope)

"""Polls that wait for a change: RFC 7240's ``Prefer: wait``."""

import asyncio
import time
from typing import Final

import pytest
from tests.api.calls import Answer, Api, problem
from tests.api.inputs import Make, MakeServer
from tests.api.live.conftest import changed
from tests.api.live.polling import hot, names, poll

_LONG: Final = "wait=30"


async def _waiting(api: Api, path: str, prefer: str = _LONG) -> "asyncio.Task[Answer]":
    """Return a poll of who has the newest answer, once it has surely been held for a while."""
    etag = (await poll(api, path)).headers["ETag"]
    waiter = asyncio.create_task(poll(api, path, If_None_Match=etag, Prefer=prefer))
    done, _ = await asyncio.wait([waiter], timeout=0.3)
    assert not done, waiter.result()
    return waiter


@pytest.mark.parametrize("asked", ["one", "all"])
async def test_change_ends_the_wait(api: Api, path: str, bot: dict[str, str], asked: str) -> None:
    waiter = await _waiting(api, path if asked == "one" else "/bots")

    await changed(api, bot, "Renamed")

    answer = await waiter
    assert answer.status == 200
    assert names(answer)[-1] == "Renamed"
    assert answer.headers["Preference-Applied"] == _LONG


async def test_change_on_another_server_ends_the_wait(
    api: Api, neighbour: Api, path: str, bot: dict[str, str]
) -> None:
    await hot(neighbour, path)
    waiter = await _waiting(neighbour, path)

    await changed(api, bot, "Renamed")

    assert names(await waiter)[-1] == "Renamed"


async def test_change_of_another_account_does_not_end_the_wait(
    api: Api, path: str, make_bot: Make
) -> None:
    waiter = await _waiting(api, path)

    other = await make_bot()
    await changed(api, other, "Renamed")
    done, _ = await asyncio.wait([waiter], timeout=0.3)

    assert not done
    waiter.cancel()


async def test_wait_ends_in_304_when_nothing_changes(api: Api, path: str) -> None:
    etag = (await hot(api, path)).headers["ETag"]
    began_at = time.monotonic()

    answer = await poll(api, path, If_None_Match=etag, Prefer="wait=1")

    assert time.monotonic() - began_at >= 0.9
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["Preference-Applied"] == "wait=1"
    assert answer.headers["ETag"] == etag


@pytest.mark.parametrize(
    ("prefer", "applied"),
    [
        ("wait=99", "wait=30"),
        ("wait=30", "wait=30"),
        ("WAIT=7", "wait=7"),
        ('respond-async, wait="5"', "wait=5"),
        ("wait=0", None),
        ("respond-async", None),
        ("waiting=banana", None),
    ],
)
async def test_who_has_something_else_does_not_wait(
    api: Api, path: str, prefer: str, applied: str | None
) -> None:
    answer = await poll(api, path, If_None_Match='"other"', Prefer=prefer)

    assert answer.status == 200
    assert answer.headers.get("Preference-Applied") == applied


async def test_wait_of_no_time_is_a_poll(api: Api, path: str) -> None:
    etag = (await hot(api, path)).headers["ETag"]

    answer = await poll(api, path, If_None_Match=etag, Prefer="wait=0")

    assert answer.status == 304
    assert "Preference-Applied" not in answer.headers


async def test_who_has_nothing_does_not_wait(api: Api, path: str) -> None:
    assert (await poll(api, path, Prefer=_LONG)).status == 200


@pytest.mark.parametrize(
    "prefer", ["wait=banana", "wait", "wait=", "wait=-1", "wait=1.5", "wait=\xb2"]
)
async def test_wait_that_is_no_number_names_the_header(api: Api, path: str, prefer: str) -> None:
    etag = (await hot(api, path)).headers["ETag"]

    for headers in ({}, {"If_None_Match": etag}):
        answer = await poll(api, path, Prefer=prefer, **headers)
        said = problem(answer, 400, "invalid-header", "Prefer")
        assert "wait=25" in said["errors"][0]["message"]
        assert "banana" not in answer.body.decode()


async def test_many_wait_for_one_reading(api: Api, path: str, bot: dict[str, str]) -> None:
    etag = (await hot(api, path)).headers["ETag"]
    waiters = [
        asyncio.create_task(poll(api, path, If_None_Match=etag, Prefer=_LONG)) for _ in range(100)
    ]
    await asyncio.wait(waiters, timeout=0.5)
    assert not any(waiter.done() for waiter in waiters)

    await changed(api, bot, "Renamed")

    answers = await asyncio.gather(*waiters)
    assert {answer.headers["ETag"] for answer in answers} == {
        (await poll(api, path)).headers["ETag"]
    }


async def test_waiter_that_leaves_leaves_the_others(
    api: Api, path: str, bot: dict[str, str]
) -> None:
    waiters = [await _waiting(api, path) for _ in range(3)]

    waiters[0].cancel()
    await asyncio.wait([waiters[0]])
    await changed(api, bot, "Renamed")

    assert [names(await waiter)[-1] for waiter in waiters[1:]] == ["Renamed"] * 2


async def test_first_bot_of_an_account_ends_the_wait(
    api: Api, make_client: Make, make_bot: Make
) -> None:
    await make_client(account_identifier="desk-7")
    waiter = await _waiting(api, "/bots?account=desk-7")

    bot = await make_bot(account="desk-7")

    assert (await waiter).json["bots"] == [bot]


async def test_wait_without_a_front_is_answered_at_once(make_server: MakeServer, path: str) -> None:
    plain = await make_server(BRIDGE_FRONT="off")

    answer = await poll(plain, path, If_None_Match="*", Prefer=_LONG)

    assert answer.status == 200

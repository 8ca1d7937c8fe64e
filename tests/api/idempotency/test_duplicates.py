"""Duplicates at the same time, on several servers, and with one of them killed in between."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import asyncpg
import pytest
from tests.api.calls import Api, ok, problem
from tests.api.inputs import Make, MakeServer, bot_body, wallet
from tests.api.stored import Stored
from tests.e2e.processes import bridge

_KEY = {"Idempotency-Key": "the-same"}
_WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE
    datname = current_database()
    AND application_name = 'trading-bridge'
    AND wait_event_type = 'Lock'
"""


@pytest.fixture
async def other(api_database_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Somebody else on the database."""
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(api_database_url)
    yield connection
    await connection.close()


async def _until_waiting(stored: Stored, count: int) -> None:
    async with asyncio.timeout(10):
        while await stored.connection.fetchval(_WAITING) < count:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.01)


async def test_thousand_duplicates_from_fifty_connections_do_it_once(
    api: Api, make_server: MakeServer, make_client: Make, stored: Stored
) -> None:
    """On two servers, so that they meet in the database and not only in a process."""
    await make_client(account_identifier="desk-7")
    servers = (api, await make_server())
    body = bot_body(account="desk-7")
    bodies: list[bytes] = []

    async def repeat(server: Api) -> None:
        for _ in range(20):
            answer = await server.call("POST", "/bots/create", body, headers=_KEY)
            assert answer.status == 201, answer.body
            bodies.append(answer.body)

    async with asyncio.TaskGroup() as group:
        for number in range(50):
            group.create_task(repeat(servers[number % 2]))

    assert (len(bodies), len(set(bodies))) == (1_000, 1)
    counts = await stored.counts()
    assert (counts["bots"], counts["events"], counts["idempotency_keys"]) == (1, 2, 1)


async def test_duplicate_in_flight_waits_for_the_first(
    api: Api,
    make_server: MakeServer,
    make_client: Make,
    stored: Stored,
    other: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    client = await make_client()
    path, sent = f"/clients/{client['id']}/wallet", wallet()
    second = await make_server()

    async with other.transaction():
        await other.execute("SELECT 1 FROM clients FOR UPDATE")
        calls = [
            asyncio.ensure_future(server.call("PUT", path, sent, headers=_KEY))
            for server in (api, second)
        ]
        await _until_waiting(stored, 2)
        assert not any(call.done() for call in calls)
    answers = await asyncio.gather(*calls)

    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers].count("true") == 1
    assert (await stored.counts())["events"] == 2


@pytest.mark.parametrize("servers", [1, 2])
async def test_duplicate_does_not_wait_for_ever(
    make_server: MakeServer,
    make_client: Make,
    stored: Stored,
    other: "asyncpg.Connection[asyncpg.Record]",
    servers: int,
) -> None:
    """Whether the first one is in the same process or in another."""
    client = await make_client()
    path, sent = f"/clients/{client['id']}/wallet", wallet()
    first = await make_server(BRIDGE_STATEMENT_SECONDS="20")
    short = await make_server(BRIDGE_STATEMENT_SECONDS="0.4") if servers == 2 else first

    async with other.transaction():
        await other.execute("SELECT 1 FROM clients FOR UPDATE")
        call = asyncio.ensure_future(first.call("PUT", path, sent, headers=_KEY))
        await _until_waiting(stored, 1)
        answer = await short.call("PUT", path, sent, headers=_KEY)

    said = problem(answer, 409, "idempotency-key-in-use")
    assert answer.headers["Retry-After"] == "1"
    assert "again" in said["detail"]
    await call


async def test_key_that_somebody_gives_up_is_taken_over(
    api: Api,
    make_client: Make,
    stored: Stored,
    other: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """As when the server that had it dies."""
    client = await make_client()
    transaction = other.transaction()
    await transaction.start()
    await other.execute(
        "INSERT INTO idempotency_keys (actor, key, fingerprint) VALUES ('open', $1, $2)",
        _KEY["Idempotency-Key"],
        bytes(32),
    )
    call = asyncio.ensure_future(
        api.call("PUT", f"/clients/{client['id']}/wallet", wallet(), headers=_KEY)
    )
    await _until_waiting(stored, 1)

    await transaction.rollback()

    ok(await call)
    assert (await stored.counts())["idempotency_keys"] == 1


@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
async def test_server_killed_in_between_has_done_it_once_or_not_at_all(
    api: Api,
    make_client: Make,
    stored: Stored,
    default_environ: dict[str, str],
    other: "asyncpg.Connection[asyncpg.Record]",
    tmp_path: Path,
    moment: str,
) -> None:
    """With duplicates under way, and the same request sent again elsewhere."""
    await make_client(account_identifier="desk-7")
    body = bot_body(account="desk-7")
    async with bridge(tmp_path, **default_environ) as doomed, aiohttp.ClientSession() as session:
        transaction = other.transaction()
        await transaction.start()
        # The version is raised last but for the answer itself.
        await other.execute("SELECT 1 FROM versions FOR UPDATE")

        async def send() -> None:
            url = f"{doomed.url}/bots/create"
            async with session.post(url, json=body, headers=_KEY) as response:
                await response.read()

        calls = [asyncio.ensure_future(send()) for _ in range(10)]
        await _until_waiting(stored, 1)
        if moment == "after the commit":
            await transaction.rollback()
            async with asyncio.timeout(10):
                while "idempotency_keys" not in await stored.counts():  # noqa: ASYNC110
                    await asyncio.sleep(0)
        await doomed.kill()
        await asyncio.gather(*calls, return_exceptions=True)
        if moment == "before the commit":
            await transaction.rollback()

    answers = [await api.call("POST", "/bots/create", body, headers=_KEY) for _ in range(2)]

    assert len({ok(answer, 201)["id"] for answer in answers}) == 1
    assert answers[0].body == answers[1].body
    first_is_new = moment == "before the commit"
    assert ("Idempotent-Replayed" in answers[0].headers) is not first_is_new
    counts = await stored.counts()
    assert (counts["bots"], counts["events"]) == (1, 2)

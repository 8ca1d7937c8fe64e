"""How many statements a call costs, counted on the wire."""

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
from tests.api.calls import Api, ok
from tests.api.inputs import (
    MISSING_ID,
    ORIGIN,
    Make,
    MakeServer,
    bitmart,
    evm_address,
    wallet,
)
from tests.api.wire import Relay, relaying


class _Watched(NamedTuple):
    api: Api
    relay: Relay


@pytest.fixture
async def watched(make_server: MakeServer, api_database_url: str) -> AsyncIterator[_Watched]:
    """A server without a front whose statements are written down, past its look at the schema."""
    async with relaying(api_database_url) as relay:
        api = await make_server(
            DATABASE_URL=relay.url,
            DATABASE_DIRECT_URL=api_database_url,
            BRIDGE_FRONT="off",
            BRIDGE_POOL_SIZE="1",
        )
        async with asyncio.timeout(10):
            while len(relay.statements) < 2:  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.01)
        # The revision, and under which keys the stored credentials are.
        assert _name(relay.statements[1]) == "connectors/count_keys"
        ok(await api.get("/bots"))
        assert len(relay.statements) == 3
        relay.statements.clear()
        yield _Watched(api, relay)


async def test_every_read_is_one_statement(
    watched: _Watched, make_client: Make, make_bot: Make
) -> None:
    address = evm_address()
    clients = [
        await make_client(
            wallets=[wallet(), wallet()], connectors=[{"name": "okx"}, {"name": "kraken"}]
        )
        for _ in range(3)
    ]
    client = await make_client(wallets=[wallet(address)])
    bots = [await make_bot(account=each["account_identifier"]) for each in clients for _ in "12"]

    for path in (
        "/clients",
        "/clients?limit=2",
        f"/clients/{client['id']}",
        f"/clients/{MISSING_ID}",
        f"/clients/by-wallet/{address}",
        "/bots",
        "/bots?limit=1&status=stopped",
        f"/bots?account={client['account_identifier']}",
        "/bots?account=nobody",
        f"/bots/{bots[0]['id']}",
        f"/bots/{MISSING_ID}",
        "/health",
        "/health/ready",
        "/bots/health/summary",
        f"/bots/health/summary?account={client['account_identifier']}",
        "/events",
        f"/events?account={client['account_identifier']}&limit=2",
        "/orphans",
    ):
        watched.relay.statements.clear()
        await watched.api.get(path)
        assert len(watched.relay.statements) == 1, (path, watched.relay.statements)


async def test_what_belongs_to_a_bot_is_read_after_the_bot(
    watched: _Watched, make_bot: Make
) -> None:
    """So that an unknown bot is told from one without any."""
    bot = await make_bot()

    for path in (f"/bots/{bot['id']}/runs", f"/bots/{bot['id']}/events"):
        watched.relay.statements.clear()
        ok(await watched.api.get(path))
        assert len(watched.relay.statements) == 2, (path, watched.relay.statements)


async def test_start_and_stop_that_change_nothing_hold_a_bot_and_write_nothing(
    watched: _Watched, make_client: Make, make_bot: Make
) -> None:
    client = await make_client(connectors=[bitmart()])
    bot = await make_bot(account=client["account_identifier"])

    # The driver asks once for each connection what uuid[] is.
    await watched.api.post(f"/bots/{bot['id']}/start")

    held = ("BEGIN", "bots/lock", "bots/load_records")
    for action, expected in (
        ("start", (*held, "connectors/find_id", "connectors/load", "ROLLBACK")),
        ("stop", (*held, "COMMIT", "bots/find_by_id")),
    ):
        watched.relay.statements.clear()
        await watched.api.post(f"/bots/{bot['id']}/{action}")
        assert tuple(_name(each) for each in watched.relay.statements) == expected


def _name(statement: str) -> str:
    """Return the path of an SQL file, or the first word."""
    return statement.removeprefix("-- ").split(":")[0].rstrip(";")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/health/live"),
        ("GET", "/strategies"),
        ("GET", "/docs"),
        ("GET", "/docs/openapi.json"),
        ("GET", "/no/such/path"),
        ("PATCH", "/bots"),
        ("GET", "/bots/no-uuid"),
        ("POST", "/bots/no-uuid/start"),
        ("POST", "/bots/no-uuid/stop"),
        ("GET", "/bots/no-uuid/runs"),
        ("GET", "/events?limit=0"),
        ("GET", "/bots/health/summary?account=%00"),
        ("POST", "/orphans/%00/stop"),
        ("POST", "/orphans/any/adopt"),
        ("DELETE", "/clients/no-uuid"),
        ("GET", "/clients/by-wallet/0x12"),
        ("GET", "/bots?limit=0"),
        ("GET", "/clients?cursor=not-ours"),
        ("POST", "/bots/create"),
        ("POST", "/clients/create"),
        ("OPTIONS", "/bots"),
    ],
)
async def test_what_needs_no_database_costs_no_statement(
    watched: _Watched, method: str, path: str
) -> None:
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}

    await watched.api.call(method, path, headers=headers if method == "OPTIONS" else None)

    assert watched.relay.statements == []


async def test_refused_origin_and_host_cost_no_statement(watched: _Watched) -> None:
    for headers in ({"Origin": "https://evil.io"}, {"Host": "evil.io"}):
        answer = await watched.api.call("POST", "/clients/create", {"name": "X"}, headers=headers)
        assert answer.status == 403

    assert watched.relay.statements == []


async def test_write_is_one_transaction_that_ends_with_its_version(
    watched: _Watched, make_client: Make
) -> None:
    client = await make_client()

    ok(await watched.api.put(f"/clients/{client['id']}/wallet", wallet()))

    statements = watched.relay.statements
    assert statements[0].startswith("BEGIN")
    assert statements[-1].startswith("COMMIT")
    assert "INSERT INTO versions" in statements[-2]
    assert "INSERT INTO events" in statements[-3]
    assert sum(statement.startswith("BEGIN") for statement in statements) == 1
    assert len(statements) <= 7


async def test_write_that_changes_nothing_writes_no_version(
    watched: _Watched, make_bot: Make
) -> None:
    bot = await make_bot()

    ok(await watched.api.put(f"/bots/{bot['id']}", {"name": bot["name"]}))

    assert not [text for text in watched.relay.statements if "INSERT" in text or "UPDATE" in text]

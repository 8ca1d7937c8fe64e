"""Answers to what is not there, and while the database is not there."""

import asyncio

import asyncpg
import pytest
from tests.api.calls import Api, ok, problem
from tests.api.inputs import MISSING_ID, MakeServer, bot_body, database_at
from tests.api.routes import OPERATIONS, Operation
from tests.api.stored import Stored

from bridge.db.revisions import head_revision

_UNREACHABLE = "postgresql://bridge:not-the-password@127.0.0.1:1/nothing"
_PUBLIC = ("/", "/health")

_CUT_WAITING = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE
    datname = current_database()
    AND application_name = 'trading-bridge'
    AND wait_event_type = 'Lock'
"""
_UNKNOWN = [
    *("/nothing", "/bots/x/y/z", "/clients/by-wallet", "/clients/by-wallet/", "/robots.txt"),
    *("/%00", "/%ED%A0%80", "/bots/%2e%2e", "/docs/nothing", "/docs/assets/nothing.js"),
    *("/docs/assets/..%2f..%2fpyproject.toml", "/docs/assets/%2e%2e/__init__.py"),
    # What the old frontend also calls, left out on purpose.
    *("/api/exchange/balance", "/portfolio", "/market/price", "/jupiter/quote", "/orders/place"),
    *(f"/clients/{MISSING_ID}/balance-and-volume", f"/bots/{MISSING_ID}/stats"),
    *(f"/bots/{MISSING_ID}/key-status", "/bots/undefined", "/clients/undefined", "/clients/null"),
]


@pytest.fixture
async def detached(make_server: MakeServer) -> Api:
    """A server without a database: what it answers, it answers without a statement."""
    return await make_server(DATABASE_URL=_UNREACHABLE)


@pytest.mark.parametrize("path", _UNKNOWN)
async def test_unknown_address_is_not_found_without_a_statement(detached: Api, path: str) -> None:
    problem(await detached.get(path), 404, "not-found")
    assert (await detached.call("POST", path, {"a": 1})).status in (404, 405)


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS if "_id}" in each.path], ids=lambda each: each.id
)
async def test_id_that_is_no_uuid_is_not_found_without_a_statement(
    detached: Api, operation: Operation
) -> None:
    """Whatever the body is: it is not looked at."""
    for some_id in ("1", "undefined", "%00", MISSING_ID[:-1], MISSING_ID + "0", "null"):
        path = operation.at(some_id)
        problem(await detached.call(operation.method, path), 404, "not-found")
        problem(await detached.call(operation.method, path, body=b"["), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/"),
        ("POST", "/bots"),
        ("PATCH", "/bots"),
        ("GET", "/bots/create"),
        ("PATCH", f"/bots/{MISSING_ID}"),
        ("GET", f"/bots/{MISSING_ID}/start"),
        ("DELETE", "/clients"),
        ("GET", f"/clients/{MISSING_ID}/wallet"),
        ("TRACE", "/clients"),
        ("PROPFIND", "/clients"),
    ],
)
async def test_other_method_is_not_allowed_without_a_statement(
    detached: Api, method: str, path: str
) -> None:
    answer = await detached.call(method, path)

    if answer.status == 404:  # /bots/create is no bot
        assert (method, path) == ("GET", "/bots/create")
        return
    problem(answer, 405, "method-not-allowed")
    assert method not in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/", "/health", "/health/live", "/docs/openapi.json"])
async def test_head_is_get_without_its_body(detached: Api, path: str) -> None:
    head, get = await detached.call("HEAD", path), await detached.get(path)

    assert (head.status, head.body) == (get.status, b"")
    assert head.headers["Content-Type"] == get.headers["Content-Type"]
    assert head.headers["Content-Length"] == str(len(get.body))


@pytest.mark.parametrize("address", ["0x12", "nobody", "undefined"])
async def test_wallet_that_cannot_be_one_is_looked_for_without_a_statement(
    detached: Api, address: str
) -> None:
    problem(await detached.get(f"/clients/by-wallet/{address}"), 404, "client-not-found")


@pytest.mark.parametrize(
    "operation",
    [each for each in OPERATIONS if each.path.split("/")[1] in ("api", "bots", "clients")],
    ids=lambda each: each.id,
)
async def test_call_without_a_database_is_unavailable(detached: Api, operation: Operation) -> None:
    bodies: dict[str, object] = {
        "createClient": {"name": "X"},
        "createQuickClient": {"name": "X", "wallet_address": "0x" + "ab" * 20},
        "addApiKey": {"client_id": MISSING_ID, "exchange": "kraken"},
        "putWallet": {"chain": "evm", "address": "0x" + "ab" * 20},
        "changeWallet": {"chain": "evm", "address": "0x" + "ab" * 20},
        "putConnector": {"name": "kraken"},
        "createBot": {
            "name": "X",
            "account": "a",
            "connector": "kraken",
            "pair": "A/B",
            "strategy": "spread",
        },
    }
    some_id = "0x" + "ab" * 20 if "address" in operation.path else MISSING_ID

    answer = await detached.call(
        operation.method, operation.at(some_id), bodies.get(operation.id, {})
    )

    said = problem(answer, 503, "database-unavailable")
    assert said["detail"].startswith("Database not available: ")
    assert "not-the-password" not in said["detail"]
    assert int(answer.headers["Retry-After"]) > 0
    assert 503 in operation.responses


async def test_input_is_checked_before_the_database_is_asked(detached: Api) -> None:
    problem(await detached.post("/clients/create", {"name": 7}), 422, "invalid-input", "name")
    problem(await detached.get("/bots?limit=0"), 422, "invalid-input", "limit")
    problem(await detached.post("/clients/create", {"name": " "}), 422, "invalid-input", "name")
    wrong = bot_body(account="desk-7", pair="SHARP-USDT")
    problem(await detached.post("/bots/create", wrong), 422, "invalid-input", "pair")


async def test_outage_ends_without_a_restart(
    make_server: MakeServer,
    server: "asyncpg.Connection[asyncpg.Record]",
    server_url: str,
    template_database: str,
) -> None:
    late = f"{template_database}_late"
    api = await make_server(DATABASE_URL=database_at(server_url, late))

    problem(await api.get("/bots"), 503, "database-unavailable")
    assert ok(await api.get("/health"))["database"] == "unavailable"
    await server.execute(f'CREATE DATABASE "{late}" TEMPLATE "{template_database}"')
    try:
        assert ok(await api.get("/bots"))["bots"] == []
        assert ok(await api.get("/health"))["database"] == "postgresql"
        ok(await api.post("/clients/create", {"name": "X"}), 201)
    finally:
        await server.execute(f'DROP DATABASE "{late}" WITH (FORCE)')
    problem(await api.get("/bots"), 503, "database-unavailable")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_connection_that_is_cut_again_and_again_is_unavailable_and_then_works(
    api: Api, stored: Stored, api_database_url: str, method: str
) -> None:
    """PostgreSQL ends every backend that this call is given while its statement waits."""
    path, body = {"GET": ("/bots", None), "POST": ("/clients/create", {"name": "X"})}[method]
    other = await asyncpg.connect(api_database_url)
    async with other.transaction():
        await other.execute("LOCK TABLE bots, clients IN ACCESS EXCLUSIVE MODE")
        call = asyncio.ensure_future(api.call(method, path, body))
        while not call.done():
            await stored.connection.fetch(_CUT_WAITING)
            await asyncio.sleep(0.005)
    await other.close()

    problem(await call, 503, "database-unavailable")
    assert await stored.counts() == {}
    assert (await api.call(method, path, body)).status in (200, 201)


async def test_schema_that_is_not_there_is_named(
    make_server: MakeServer, empty_database_url: str
) -> None:
    api = await make_server(DATABASE_URL=empty_database_url)

    said = problem(await api.get("/bots"), 503, "schema-outdated")

    assert "revision" in said["detail"]
    assert "bridge migrate" in said["detail"]
    health = ok(await api.get("/health"))
    assert (health["status"], health["database"]) == ("degraded", "postgresql")
    assert health["schema"] == {"needed": head_revision(), "found": "none"}


async def test_older_schema_is_named_and_a_newer_one_is_taken(
    make_server: MakeServer, database_url: str
) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE alembic_version SET version_num = '0000'")

    older = await make_server(DATABASE_URL=database_url)
    said = problem(await older.get("/bots"), 503, "schema-outdated")
    assert "0000" in said["detail"]
    await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    await connection.close()

    ok(await older.get("/bots"))

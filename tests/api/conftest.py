"""The API as a program meets it: a real server on loopback, over a database of this worker's own.

One server and one database serve all tests of a worker, for starting both for each test would
take longer than the tests. Every test begins with empty tables, and only when the application has
nothing left to do there. A test that needs other settings starts a server of its own.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, Final

import aiohttp
import asyncpg
import pytest
from tests.api.calls import Api, ok
from tests.api.cases import ACCOUNT, Scene
from tests.api.inputs import (
    FOLLOWING,
    ORIGIN,
    VAULT_KEYS,
    Make,
    MakeServer,
    bitmart,
    bot_body,
    database_at,
    evm_address,
    wallet,
)
from tests.api.serving import LOOPBACK, serving
from tests.api.stored import Stored
from tests.forgotten import forgotten, watch

from bridge.app import create_app
from bridge.live.front import Front
from bridge.settings import read_settings

_BUSY: Final = """
SELECT count(*) FROM pg_stat_activity
WHERE
    datname = current_database()
    AND application_name = 'trading-bridge'
    AND state <> 'idle'
"""


@pytest.fixture(scope="session")
async def api_database_url(
    server: "asyncpg.Connection[asyncpg.Record]",
    server_url: str,
    database_prefix: str,
    template_database: str,
) -> AsyncIterator[str]:
    """URL of the migrated database that this worker's API tests share."""
    name = f"{database_prefix}_api"
    await server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template_database}"')
    await watch(database_at(server_url, name))
    yield database_at(server_url, name)
    await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def default_environ(api_database_url: str) -> dict[str, str]:
    """What the shared server is started with; BRIDGE_TEST_FRONT is its BRIDGE_FRONT."""
    return {
        "DATABASE_URL": api_database_url,
        "BRIDGE_FRONT": os.environ.get("BRIDGE_TEST_FRONT", "on"),
        "BRIDGE_AUTH": "open",
        "BRIDGE_VAULT_KEYS": VAULT_KEYS,
        "CORS_ORIGINS": ORIGIN,
        "BRIDGE_HOUSEKEEPING_SECONDS": "3600",  # else its statements come in between
    }


@pytest.fixture(scope="session")
def shared_front(default_environ: dict[str, str]) -> Front:
    """The application of the shared server."""
    return create_app(read_settings(default_environ))


@pytest.fixture(scope="session")
async def shared_api(
    default_environ: dict[str, str],
    shared_front: Front,
    http: aiohttp.ClientSession,
    plain_log: None,
) -> AsyncIterator[Api]:
    """The shared server; a test asks for `api`, which empties the tables first."""
    del plain_log
    async with serving(read_settings(default_environ), shared_front) as port:
        yield Api(http, f"http://{LOOPBACK}:{port}")


@pytest.fixture(scope="session")
async def shared_connection(
    api_database_url: str,
) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """A connection past the application."""
    connection = await asyncpg.connect(api_database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def stored(
    shared_connection: "asyncpg.Connection[asyncpg.Record]", shared_front: Front
) -> AsyncIterator[Stored]:
    """The database's tables, empty when the test begins."""
    async with asyncio.timeout(5):
        # What a test before left running must not write into this one.
        while await shared_connection.fetchval(_BUSY):  # noqa: ASYNC110 - PostgreSQL has no event
            await asyncio.sleep(0.005)
    stored = Stored(shared_connection)
    await stored.clear()
    # What is written past the application is heard of late, or not at all without a new version.
    shared_front.forget()
    yield stored
    # Whatever the test did: no change that readers see may have been without a version.
    assert await forgotten(shared_connection) == []


@pytest.fixture
def api(shared_api: Api, stored: Stored) -> Api:
    """The server in open mode, with a vault, on empty tables."""
    del stored
    return shared_api


@pytest.fixture
async def make_server(
    default_environ: dict[str, str],
    http: aiohttp.ClientSession,
    stored: Stored,
    plain_log: None,
) -> AsyncIterator[MakeServer]:
    """Starts servers with other settings on the same database; the test's end stops them."""
    del stored, plain_log
    async with AsyncExitStack() as stack:

        async def make_server(**environ: str) -> Api:
            settings = read_settings(default_environ | environ)
            port = await stack.enter_async_context(serving(settings))
            return Api(http, f"http://{LOOPBACK}:{port}")

        yield make_server


@pytest.fixture
async def follower(make_server: MakeServer, stored: Stored) -> Api:
    """A server with an upstream that another process leads: it takes starts and does not act."""
    await stored.add_leader()
    return await make_server(**FOLLOWING)


@pytest.fixture
def make_client(api: Api) -> Make:
    """Creates clients by HTTP; each has a name of its own unless one is given."""

    async def make_client(**overrides: object) -> Any:  # noqa: ANN401 - JSON
        wanted = {"name": f"Client {secrets.token_hex(4)}"} | overrides
        return ok(await api.post("/clients/create", wanted), 201)

    return make_client


@pytest.fixture
def make_bot(api: Api, make_client: Make) -> Make:
    """Creates bots by HTTP; without an account, of a client made for it."""

    async def make_bot(**overrides: object) -> Any:  # noqa: ANN401 - JSON
        if "account" not in overrides:
            overrides["account"] = (await make_client())["account_identifier"]
        return ok(await api.post("/bots/create", bot_body(**overrides)), 201)

    return make_bot


@pytest.fixture
async def scene(follower: Api, make_client: Make, make_bot: Make, stored: Stored) -> Scene:
    """A client with one of everything, a bot and an orphan, on a server that takes starts."""
    client = await make_client(
        account_identifier=ACCOUNT, wallets=[wallet(evm_address())], connectors=[bitmart()]
    )
    bot = await make_bot(account=ACCOUNT)
    instance = await stored.add_orphan(ACCOUNT)
    ids = {
        "client_id": client["id"],
        "wallet_id": client["wallets"][0]["id"],
        "connector_id": client["connectors"][0]["id"],
        "bot_id": bot["id"],
        "instance": instance,
    }
    return Scene(follower, ids)

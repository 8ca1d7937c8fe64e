"""The lifecycle as its users meet it: real server, real PostgreSQL, a simulated Hummingbot API.

Each test has all three to itself. The upstream and the bridge's own pauses run at the same speed.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import asyncpg
import pytest
from tests.api.calls import Api
from tests.api.inputs import ORIGIN, VAULT_KEYS, MakeServer
from tests.api.serving import LOOPBACK, serving
from tests.api.stored import Stored
from tests.contract.simulator_door import LOGIN, Door, opened
from tests.forgotten import forgotten, watch
from tests.lifecycle.world import CALM_SPEED, SPEED, World

from bridge.settings import read_settings


@pytest.fixture
def speed(request: pytest.FixtureRequest) -> float:
    """How fast everything is; slower where the test is about what is answered meanwhile."""
    return CALM_SPEED if "patient" in request.fixturenames else SPEED


@pytest.fixture
async def door(speed: float) -> AsyncIterator[Door]:
    """The simulated upstream."""
    async with opened(speed) as door:
        yield door


@pytest.fixture
async def stored(database_url: str) -> AsyncIterator[Stored]:
    """The test's database, past the application; no change may have been without a version."""
    await watch(database_url)
    connection = await asyncpg.connect(database_url)
    yield Stored(connection)
    assert await forgotten(connection) == []
    await connection.close()


@pytest.fixture
def environ(database_url: str, door: Door, speed: float, plain_log: None) -> dict[str, str]:
    """What servers are started with."""
    del plain_log
    return {
        "DATABASE_URL": database_url,
        "BRIDGE_AUTH": "open",
        "BRIDGE_VAULT_KEYS": VAULT_KEYS,
        "CORS_ORIGINS": ORIGIN,
        "BRIDGE_HOUSEKEEPING_SECONDS": "3600",
        "HUMMINGBOT_API_URL": door.url,
        "HUMMINGBOT_API_USERNAME": LOGIN.username,
        "HUMMINGBOT_API_PASSWORD": LOGIN.password,
        "BRIDGE_HUMMINGBOT_SIMULATED": "yes",
        "BRIDGE_LIFECYCLE_SPEED": str(speed),
        "BRIDGE_LEASE_SECONDS": "1",
        "BRIDGE_START_WAIT_SECONDS": "0",  # the tests ask more often than it does
        "BRIDGE_START_EXPIRY_SECONDS": "600",
    }


@pytest.fixture
async def make_server(
    environ: dict[str, str], http: aiohttp.ClientSession
) -> AsyncIterator[MakeServer]:
    """Starts servers on the test's database and upstream; the test's end stops them."""
    async with AsyncExitStack() as stack:

        async def make_server(**others: str) -> Api:
            settings = read_settings(environ | others)
            port = await stack.enter_async_context(serving(settings))
            return Api(http, f"http://{LOOPBACK}:{port}")

        yield make_server


@pytest.fixture
async def world(make_server: MakeServer, door: Door, stored: Stored) -> World:
    """A server that has looked at its upstream."""
    world = World(await make_server(), door, stored)
    await world.until_looked()
    return world


@pytest.fixture
async def patient(make_server: MakeServer, door: Door, stored: Stored) -> World:
    """The same, with a server that waits until a start or a stop has come to something."""
    patient = World(await make_server(BRIDGE_START_WAIT_SECONDS="20"), door, stored)
    await patient.until_looked()
    return patient

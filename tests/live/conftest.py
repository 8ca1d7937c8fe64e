"""Live reads as browsers meet them: a real server, and a database that each test has to itself."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import asyncpg
import pytest
from tests.api.calls import Api
from tests.api.inputs import ORIGIN
from tests.api.serving import LOOPBACK, serving
from tests.api.stored import Stored
from tests.live.world import MakeWorld, World

from bridge.app import create_app
from bridge.settings import read_settings


@pytest.fixture
async def stored(database_url: str) -> AsyncIterator[Stored]:
    """The test's database, past the application."""
    connection = await asyncpg.connect(database_url)
    yield Stored(connection)
    await connection.close()


@pytest.fixture
async def make_world(
    database_url: str, stored: Stored, http: aiohttp.ClientSession, plain_log: None
) -> AsyncIterator[MakeWorld]:
    """Starts servers on the test's database; the test's end stops them."""
    del plain_log
    async with AsyncExitStack() as stack:

        async def make_world(**environ: str) -> World:
            given = {
                "DATABASE_URL": database_url,
                "BRIDGE_AUTH": "open",
                "CORS_ORIGINS": ORIGIN,
            } | environ
            settings = read_settings(given)
            front = create_app(settings)
            port = await stack.enter_async_context(serving(settings, front))
            world = World(Api(http, f"http://{LOOPBACK}:{port}"), front.live, stored)
            stack.push_async_callback(world.close)
            return world

        yield make_world


@pytest.fixture
async def world(make_world: MakeWorld) -> World:
    """A server that hears of changes, and a client's account on it."""
    world = await make_world()
    await world.until_trusted()
    return world

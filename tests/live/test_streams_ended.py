"""Streams whose right ends while they begin."""

import asyncio

import msgspec
from tests.api.access.people import REQUIRED, Person, make_key
from tests.live.world import MakeWorld, until

from bridge.db.dsn import parse_database_url
from bridge.keys import revoke_key


async def test_stream_whose_key_ends_while_it_waits_for_its_first_state_is_refused(
    make_world: MakeWorld, database_url: str
) -> None:
    """Not opened for as long as its reader stays: nobody would end it any more."""
    world = await make_world(**REQUIRED)
    await world.until_trusted()
    viewer = Person(world.api, await make_key(database_url, "viewer"))
    connection = world.stored.connection

    async with connection.transaction():
        await connection.execute("LOCK TABLE bots IN ACCESS EXCLUSIVE MODE")
        opening = asyncio.create_task(world.stream(Authorization=f"Bearer {viewer.token}"))
        await world.until_is(lambda: len(world.live.streams) == 1)
        await revoke_key(parse_database_url(database_url), viewer.token)
        await until(lambda: viewer.get("/auth/me"), lambda answer: answer.status == 401)
    stream = await opening

    assert stream.status == 401
    said = msgspec.json.decode(await stream.raw(int(stream.headers["content-length"])))
    assert said["code"] == "not-authenticated"
    await world.until_is(lambda: len(world.live.streams) == 0)

"""Lists that are followed grow old or young in the same moment: they are read a few at a time."""

from typing import Final

import asyncpg
from tests.api.calls import ok
from tests.live.world import World, until

from bridge.live.flights import MOST_AT_ONCE

_STREAMS: Final = 40
_WAITING: Final = """
SELECT count(*) FROM pg_stat_activity
WHERE
    datname = current_database()
    AND query LIKE '-- bots/list_by_account:%'
    AND wait_event_type = 'Lock'
"""


async def test_readings_for_all_who_follow_leave_connections_to_others(
    world: World, database_url: str
) -> None:
    """They are held by a lock on the bots; what needs no bots is answered meanwhile."""
    streams = [await world.stream(f"client_{number}") for number in range(_STREAMS)]
    before = [(await stream.event()).id for stream in streams]
    holder = await asyncpg.connect(database_url)

    async def waiting() -> int:
        return int(await world.stored.connection.fetchval(_WAITING))

    async with holder.transaction():
        await holder.execute("LOCK TABLE bots IN ACCESS EXCLUSIVE MODE")
        await world.stored.add_leader()
        await world.until_is(lambda: not world.live.cache.hot)
        await until(waiting, lambda count: count >= MOST_AT_ONCE)
        for _ in range(10):
            ok(await world.api.get("/clients"))
        assert await waiting() == MOST_AT_ONCE

    after = [(await stream.event()).id for stream in streams]
    assert not set(before) & set(after)
    await holder.close()

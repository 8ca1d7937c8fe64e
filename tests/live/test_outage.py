"""What readers get while the database is away, and when it is back."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg
import pytest
from tests.api.calls import Answer, problem
from tests.api.serving import LOOPBACK, reserved_port
from tests.db.freezing import FreezingRelay, freezing
from tests.live.world import MakeWorld, World, until

# By which the 5 s and 60 s, after which a look is stale and worth nothing, are divided.
_SPEED: Final = "20"
_LOOKED_AT: Final = """
INSERT INTO leases (name, token, holder, taken_at)
VALUES ('lifecycle', 1, 'elsewhere', now())
ON CONFLICT DO NOTHING;
INSERT INTO heartbeats (name, token, beat_at, last_look_at, pace_seconds)
VALUES ('lifecycle', 1, now(), now() + interval '2 s', 0.01)
ON CONFLICT (name) DO UPDATE
    SET beat_at = excluded.beat_at, last_look_at = excluded.last_look_at;
UPDATE bots
SET state = 'running', known_state = 'running', reason = 'reporting', desired_state = 'running';
UPDATE versions SET version = version + 1, tag = 'running0', changed_at = clock_timestamp()
"""


class Switch:
    """The database of a test, which can be taken away: existing connections end, new ones fail."""

    def __init__(self, server: "asyncpg.Connection[asyncpg.Record]", name: str) -> None:
        self._server = server
        self._name = name

    async def off(self) -> None:
        await self._server.execute(f'ALTER DATABASE "{self._name}" ALLOW_CONNECTIONS false')
        await self._server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = $1 AND application_name LIKE 'trading-bridge%'",
            self._name,
        )

    async def on(self) -> None:
        await self._server.execute(f'ALTER DATABASE "{self._name}" ALLOW_CONNECTIONS true')


@pytest.fixture
def switch(server: "asyncpg.Connection[asyncpg.Record]", database_url: str) -> Switch:
    return Switch(server, urlsplit(database_url).path.removeprefix("/"))


async def _held_poll(world: World, account: str | None) -> Answer:
    """Poll until the answer is one of memory."""
    return await until(
        lambda: world.poll(account), lambda answer: "Bridge-Snapshot-Age" in answer.headers
    )


async def _running(world: World) -> dict[str, Any]:
    """Return a bot that runs and was just looked at."""
    bot = await world.make_bot(await world.make_client())
    await world.stored.connection.execute(_LOOKED_AT)
    return bot


def _runtime(answer: Answer) -> tuple[str, bool]:
    runtime = answer.json["bots"][0]["runtime"]
    return runtime["state"], runtime["stale"]


async def test_held_lists_stay_readable_and_say_how_old_they_are(
    world: World, switch: Switch
) -> None:
    account = await world.make_client()
    await world.make_bot(account)
    before, all_before = await world.poll(account), await world.poll()
    assert "Bridge-Snapshot-Age" not in before.headers

    await switch.off()

    for asked, expected in ((account, before), (None, all_before)):
        answer = await _held_poll(world, asked)
        assert (answer.status, answer.body) == (200, expected.body)
        assert answer.headers["ETag"] == expected.headers["ETag"]
        assert 0 <= int(answer.headers["Bridge-Snapshot-Age"]) < 60
    again = await world.poll(account, If_None_Match=before.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    assert "Bridge-Snapshot-Age" in again.headers


async def test_what_is_not_held_is_unavailable(world: World, switch: Switch) -> None:
    account = await world.make_client()
    await world.poll(account)
    await switch.off()
    await _held_poll(world, account)

    for path in ("/bots?account=nobody", "/bots/stream?account=nobody", "/bots?status=running"):
        answer = await world.api.get(path)
        problem(answer, 503, "database-unavailable")
        assert answer.headers["Retry-After"] == "5"
    assert len(world.live.streams) == 0


async def test_what_is_known_to_have_changed_is_not_shown(world: World, switch: Switch) -> None:
    """A write whose COMMIT was sent may have come through: nothing older is shown after it."""
    account, other = await world.make_client(), await world.make_client()
    bot = await world.make_bot(account)
    await world.poll(account)
    await world.poll(other)

    await world.rename(bot, "acknowledged")
    await switch.off()

    await _held_poll(world, other)
    problem(await world.poll(account), 503, "database-unavailable")
    await switch.on()
    answer = await until(lambda: world.poll(account), lambda answer: answer.status == 200)
    assert answer.json["bots"][0]["name"] == "acknowledged"


async def test_recovery_needs_no_restart(world: World, switch: Switch) -> None:
    account = await world.make_client()
    bot = await world.make_bot(account)
    await world.poll(account)
    await switch.off()
    await _held_poll(world, account)

    await world.rename_elsewhere(bot, "meanwhile", hints=False)
    await switch.on()

    answer = await until(
        lambda: world.poll(account), lambda answer: "Bridge-Snapshot-Age" not in answer.headers
    )
    assert answer.json["bots"][0]["name"] == "meanwhile"
    await world.until_trusted()
    assert (await world.poll(account)).json["bots"][0]["name"] == "meanwhile"


async def test_streams_outlast_an_outage_and_get_what_came_of_it(
    world: World, switch: Switch
) -> None:
    account = await world.make_client()
    bot = await world.make_bot(account)
    one, everything = await world.stream(account), await world.stream()
    await one.event()
    await everything.event()
    await switch.off()
    await _held_poll(world, account)

    await world.rename_elsewhere(bot, "meanwhile")
    await switch.on()

    await one.until_named("meanwhile")
    await everything.until_named("meanwhile")


async def test_stream_that_opens_in_an_outage_is_given_what_is_held(
    world: World, switch: Switch
) -> None:
    account = await world.make_client()
    bot = await world.make_bot(account)
    held = await world.poll(account)
    await switch.off()
    await _held_poll(world, account)

    stream = await world.stream(account)
    assert (await stream.event()).data == held.body
    await world.rename_elsewhere(bot, "meanwhile")
    await switch.on()

    await stream.until_named("meanwhile")


async def test_poll_that_is_held_by_its_sender_outlasts_an_outage(
    world: World, switch: Switch
) -> None:
    account = await world.make_client()
    bot = await world.make_bot(account)
    etag = (await world.poll(account)).headers["ETag"]
    waiting = asyncio.create_task(world.poll(account, If_None_Match=etag, Prefer="wait=30"))
    entry = world.live.cache.entries.find(account)
    assert entry is not None
    await world.until_is(lambda: len(entry.followers) == 1)

    await switch.off()
    await _held_poll(world, account)
    assert not waiting.done()
    await world.rename_elsewhere(bot, "meanwhile")
    await switch.on()

    assert (await waiting).json["bots"][0]["name"] == "meanwhile"


@asynccontextmanager
async def _frozen_world(
    make_world: MakeWorld, database_url: str
) -> AsyncGenerator[tuple[World, FreezingRelay]]:
    """Yield a server whose database can stop answering while its connections stay open."""
    async with freezing(database_url) as relay:
        world = await make_world(DATABASE_URL=relay.url, BRIDGE_LIFECYCLE_SPEED=_SPEED)
        await world.until_trusted()
        yield world, relay
        relay.let_new_ones_pass()
        await world.until_trusted()


@pytest.mark.parametrize("way", ["refused", "silent"])
async def test_states_grow_old_though_nothing_can_be_read(
    make_world: MakeWorld, database_url: str, switch: Switch, way: str
) -> None:
    """What runs is stale, then unknown, in polls and on streams alike, as if it could be read."""
    async with _frozen_world(make_world, database_url) as (world, relay):
        bot = await _running(world)
        account = bot["account"]
        stream = await world.stream(account)
        await until(
            lambda: world.poll(account), lambda answer: _runtime(answer) == ("running", False)
        )

        if way == "silent":
            relay.freeze()
        else:
            await switch.off()

        for expected in (("running", True), ("unknown", True)):
            answer = await until(
                lambda: world.poll(account),
                lambda answer, expected=expected: _runtime(answer) == expected,
            )
            assert "Bridge-Snapshot-Age" in answer.headers
            assert f"-{'stale' if expected[0] == 'running' else 'blind'}" in answer.headers["ETag"]
            event = await stream.until_shown(
                lambda said, expected=expected: (
                    (
                        said["bots"][0]["runtime"]["state"],
                        said["bots"][0]["runtime"]["stale"],
                    )
                    == expected
                )
            )
            assert event.id == answer.headers["ETag"][3:-1]
            assert event.data == answer.body
        aged = answer.json["bots"][0]
        await switch.on()
        if way == "refused":
            await until(
                lambda: world.poll(account),
                lambda answer: "Bridge-Snapshot-Age" not in answer.headers,
            )
            read = (await world.poll(account)).json["bots"][0]
            assert read == aged


async def test_silent_database_holds_up_few_polls_and_none_for_long(
    make_world: MakeWorld, database_url: str
) -> None:
    """Each answer could wait 5 s for a connection and 10 s for its statement."""
    async with _frozen_world(make_world, database_url) as (world, relay):
        accounts = [await world.make_client() for _ in range(5)]
        for account in accounts:
            await world.poll(account)
        relay.freeze()
        await world.until_is(lambda: not world.live.cache.is_trusted)

        loop = asyncio.get_running_loop()
        began = loop.time()
        answers = [
            await asyncio.gather(*(world.poll(account) for account in accounts)) for _ in range(20)
        ]
        seconds = loop.time() - began

    assert {answer.status for turn in answers for answer in turn} == {200}
    assert seconds < 20 * 5


async def test_feed_that_is_broken_alone_costs_statements_but_nothing_is_wrong(
    make_world: MakeWorld, database_url: str
) -> None:
    with reserved_port() as port:
        closed = f"postgresql://bridge@{LOOPBACK}:{port}{urlsplit(database_url).path}"
    world = await make_world(DATABASE_DIRECT_URL=closed)
    account = await world.make_client()
    bot = await world.make_bot(account)
    stream, everything = await world.stream(account), await world.stream()
    await stream.event()

    for turn in range(20):
        await world.rename_elsewhere(bot, f"turn {turn}", hints=False)
        for asked in (account, None):
            answer = await world.poll(asked)
            assert answer.json["bots"][0]["name"] == f"turn {turn}"
            assert "Bridge-Snapshot-Age" not in answer.headers

    assert not world.live.cache.is_trusted
    assert world.live.cache.hot == {}
    await stream.until_named("turn 19")
    await everything.until_named("turn 19")

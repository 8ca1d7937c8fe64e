"""How a server hears of what others write, while its connection for that is ill-treated."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
import pytest
from tests.api.calls import Answer, problem
from tests.db.freezing import freezing
from tests.live.world import MakeWorld, World, until

from bridge.audit.changes import ChangeLog
from bridge.db.dsn import parse_database_url
from bridge.db.migrate import migrate

_PIDS: Final = """
SELECT array_agg(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'trading-bridge feed'
"""
# The longest that an account may be called.
_LONG: Final = 64
_MOST_BYTES: Final = 8_000


def _is_called(name: str) -> Callable[[Answer], bool]:
    return lambda answer: answer.json["bots"][0]["name"] == name


async def _feeds(world: World) -> list[int]:
    return list(await world.stored.connection.fetchval(_PIDS) or [])


@asynccontextmanager
async def _notified(world: World) -> AsyncGenerator[list[str]]:
    """Collect what is notified on the channel meanwhile."""
    heard: list[str] = []

    def hear(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        heard.append(str(payload))

    await world.stored.connection.add_listener("bridge", hear)
    yield heard
    await world.stored.connection.remove_listener("bridge", hear)


async def test_one_connection_hears_for_the_whole_process(world: World) -> None:
    for _ in range(3):
        await world.poll(await world.make_client())

    assert len(await _feeds(world)) == 1


async def test_change_right_after_the_connection_is_cut_is_seen(world: World) -> None:
    account = await world.make_client()
    bot = await world.make_bot(account)
    stream = await world.stream(account)
    await world.poll(account)

    for turn in range(5):
        before = await _feeds(world)
        await world.stored.connection.execute("SELECT pg_terminate_backend($1)", before[0])
        await world.rename_elsewhere(bot, f"turn {turn}")

        await until(lambda: world.poll(account), _is_called(f"turn {turn}"))
        await stream.until_named(f"turn {turn}")
        after = await until(lambda: _feeds(world), lambda pids, old=before: pids not in (old, []))
        assert len(after) == 1
    await world.until_trusted()


async def test_connection_that_says_nothing_any_more_is_not_trusted(
    make_world: MakeWorld, database_url: str
) -> None:
    """As after a firewall forgot it: open, and dead."""
    async with freezing(database_url) as relay:
        world = await make_world(DATABASE_DIRECT_URL=relay.url)
        await world.until_trusted()
        account = await world.make_client()
        bot = await world.make_bot(account)
        stream = await world.stream(account)
        await world.poll(account)

        relay.freeze()
        await world.rename_elsewhere(bot, "unheard")

        await until(lambda: world.poll(account), _is_called("unheard"))
        await world.until_is(lambda: not world.live.cache.is_trusted)
        for turn in range(10):
            await world.rename_elsewhere(bot, f"turn {turn}")
            assert _is_called(f"turn {turn}")(await world.poll(account))
        await stream.until_named("turn 9")

        relay.let_new_ones_pass()
        await world.until_trusted()
        await world.rename_elsewhere(bot, "heard again")
        await until(lambda: world.poll(account), _is_called("heard again"))
        await stream.until_named("heard again")


@pytest.mark.parametrize(
    "payload",
    [
        *("", ":", "::", ",", ",,,:,", "*,*", "**", "desk", "desk:", "desk:1", "desk:x:y"),
        *("desk:-1:0badc0de", "desk:1.5:0badc0de", "desk:٣:0badc0de", "desk:²:0badc0de"),
        *("desk:" + "9" * 7_900, "desk:9223372036854775808:0badc0de", "é:1:é", "\t:1:\n"),
        *("desk:1:0badc0de:more", '{"account": "desk"}', "x" * 7_999, "desk:1:" + "x" * 7_900),
    ],
)
async def test_payload_that_is_no_hint_does_no_harm(
    world: World, caplog: pytest.LogCaptureFixture, payload: str
) -> None:
    account = await world.make_client(account_identifier="desk")
    bot = await world.make_bot(account)
    await world.poll(account)
    (feed,) = await _feeds(world)

    await world.stored.connection.execute("SELECT pg_notify('bridge', $1)", payload)
    await world.rename_elsewhere(bot, "after it")

    await until(lambda: world.poll(account), _is_called("after it"))
    assert world.live.cache.is_trusted
    assert await _feeds(world) == [feed]
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


async def test_hint_of_a_version_that_never_was_is_forgotten(world: World) -> None:
    """Nothing is shown that is not stored, and smaller versions are news again."""
    account = await world.make_client(account_identifier="desk")
    bot = await world.make_bot(account)
    stream = await world.stream(account)
    before = await world.poll(account)

    await world.stored.connection.execute("SELECT pg_notify('bridge', 'desk:1000000:0badc0de')")
    assert (await world.poll(account)).headers["ETag"] == before.headers["ETag"]
    await world.rename_elsewhere(bot, "after it")

    await until(lambda: world.poll(account), _is_called("after it"))
    await stream.until_named("after it")


async def test_star_has_everything_read_again(world: World) -> None:
    """For whoever changed rows by hand, without versions."""
    account = await world.make_client()
    bot = await world.make_bot(account)
    await world.poll(account)
    await world.poll()

    await world.stored.connection.execute(
        "UPDATE bots SET name = 'by hand' WHERE id = $1", bot["id"]
    )
    await world.stored.connection.execute("SELECT pg_notify('bridge', '*')")

    await until(lambda: world.poll(account), _is_called("by hand"))
    await until(world.poll, _is_called("by hand"))


async def test_change_of_many_accounts_at_once_is_notified_of_each(world: World) -> None:
    """PostgreSQL takes 8,000 bytes in one notification."""
    accounts = [f"desk-{number:03}-".ljust(_LONG, "x") for number in range(200)]

    async with _notified(world) as heard:
        await ChangeLog().bump(world.stored.connection, accounts)
        await world.until_is(lambda: len(",".join(heard).split(",")) == len(accounts))

    assert sorted(hint.split(":")[0] for each in heard for hint in each.split(",")) == accounts
    assert all(len(each) < _MOST_BYTES for each in heard)
    assert len(heard) == 4
    assert {hint.split(":")[1] for each in heard for hint in each.split(",")} == {"1"}


async def test_many_accounts_with_versions_as_long_as_can_be_fit_too(world: World) -> None:
    accounts = [f"desk-{number:03}-".ljust(_LONG, "x") for number in range(64)]
    await world.stored.connection.executemany(
        "INSERT INTO versions (account, version, tag, changed_at) VALUES ($1, $2, '', now())",
        [(account, 2**63 - 2) for account in accounts],
    )

    async with _notified(world) as heard:
        await ChangeLog().bump(world.stored.connection, accounts)
        await world.until_is(lambda: len(heard) == 1)

    assert len(heard[0]) < _MOST_BYTES


async def test_each_of_many_readers_is_told_when_all_accounts_change_at_once(
    world: World,
) -> None:
    bots = [await world.make_bot(await world.make_client()) for _ in range(70)]
    streams = [await world.stream(bot["account"]) for bot in bots]
    for stream in streams:
        await stream.event()

    async with world.stored.connection.transaction():
        await world.stored.connection.execute("UPDATE bots SET name = 'all of them'")
        await ChangeLog().bump(world.stored.connection, [bot["account"] for bot in bots])

    for stream in streams:
        await stream.until_named("all of them")


async def test_without_notifications_nobody_is_notified_and_changes_are_found(
    make_world: MakeWorld,
) -> None:
    world = await make_world(BRIDGE_NOTIFICATIONS="off")
    other = await make_world(BRIDGE_NOTIFICATIONS="off")
    await world.until_trusted()
    await other.until_trusted()
    account = await world.make_client()

    async with _notified(world) as heard:
        bot = await world.make_bot(account)
        stream = await other.stream(account)
        await other.poll(account)
        await world.rename(bot, "found")
        await until(lambda: other.poll(account), _is_called("found"))
        await stream.until_named("found")
        await world.stored.connection.execute("SELECT pg_notify('bridge', 'the end')")
        await world.until_is(lambda: heard == ["the end"])


async def test_server_that_starts_before_its_schema_hears_once_it_is_there(
    make_world: MakeWorld, empty_database_url: str
) -> None:
    world = await make_world(DATABASE_URL=empty_database_url)
    problem(await world.poll(), 503, "schema-outdated")
    problem(await world.api.get("/bots/stream"), 503, "schema-outdated")
    assert not world.live.cache.is_trusted

    await migrate(parse_database_url(empty_database_url))

    await world.until_trusted()
    account = await world.make_client()
    bot = await world.make_bot(account)
    stream = await world.stream(account)
    await world.poll(account)
    connection: asyncpg.Connection[Any] = await asyncpg.connect(empty_database_url)
    await connection.execute("UPDATE bots SET name = 'elsewhere' WHERE id = $1", bot["id"])
    await ChangeLog().bump(connection, [account])
    await connection.close()
    await until(lambda: world.poll(account), _is_called("elsewhere"))
    await stream.until_named("elsewhere")


@pytest.mark.parametrize("url", ["mysql://a:canary-73@b/c", "postgresql://", "nonsense canary-73"])
async def test_direct_url_that_is_none_is_said_in_the_log_and_everything_is_read(
    make_world: MakeWorld, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    world = await make_world(DATABASE_DIRECT_URL=url)

    said = capsys.readouterr().out
    assert "changes are not heard of" in said
    assert "DATABASE_DIRECT_URL" in said
    assert "canary-73" not in said
    account = await world.make_client()
    bot = await world.make_bot(account)
    stream = await world.stream(account)
    for turn in range(5):
        await world.rename_elsewhere(bot, f"turn {turn}", hints=False)
        assert _is_called(f"turn {turn}")(await world.poll(account))
    await stream.until_named("turn 4")
    assert world.live.cache.hot == {}


async def test_accounts_that_change_all_the_time_are_seen_by_who_polls_another(
    world: World,
) -> None:
    """Storms of others end: what one polls stays in memory."""
    mine = await world.make_client()
    await world.make_bot(mine)
    await world.poll(mine)
    held = world.live.cache.hot[f"account={mine}".encode()]

    for _ in range(30):
        await ChangeLog().bump(world.stored.connection, [f"desk-{secrets.token_hex(4)}"])
        await asyncio.sleep(0)
    async with _notified(world) as heard:
        await world.stored.connection.execute("SELECT pg_notify('bridge', 'end:1:0badc0de')")
        await world.until_is(lambda: bool(heard))

    assert world.live.cache.hot[f"account={mine}".encode()] is held

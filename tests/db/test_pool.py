"""The pool: what it makes of failures, and what it leaves alone."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from tests.db.freezing import FreezingRelay, freezing

from bridge.db.dsn import parse_database_url
from bridge.db.failures import Connection
from bridge.db.outages import Limits
from bridge.db.pool import Database
from bridge.errors import DatabaseBusyError, DatabaseUnavailableError, InputError

_IN_TRANSACTION = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND state LIKE 'idle in transaction%'
"""
_END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A pool of four connections that waits half a second for one."""
    limits = Limits(connections=4, acquire_seconds=0.5, statement_seconds=5)
    database = Database(parse_database_url(database_url), limits)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def outsider(database_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection of somebody else."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def _fill(database: Database) -> None:
    """Have every connection of the pool open and idle."""
    await asyncio.gather(*(database.fetch("SELECT pg_sleep(0.1)") for _ in range(4)))


async def test_reads_after_all_connections_were_cut_succeed(
    database: Database, outsider: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await _fill(database)

    await outsider.execute(_END_OTHERS)
    answers = await asyncio.gather(*(database.fetchrow("SELECT 1") for _ in range(20)))

    assert all(answer is not None and answer[0] == 1 for answer in answers)


async def test_write_whose_connection_is_cut_before_commit_runs_again(
    database: Database, outsider: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    runs = 0

    async def work(connection: Connection) -> int:
        nonlocal runs
        runs += 1
        if runs == 1:
            await outsider.execute(_END_OTHERS)
        return int(await connection.fetchval("SELECT 7"))

    assert await database.write(work) == 7
    assert runs == 2


async def test_write_that_deadlocks_every_time_is_busy(database: Database) -> None:
    runs = 0

    async def work(_connection: Connection) -> None:
        nonlocal runs
        runs += 1
        raise asyncpg.DeadlockDetectedError

    with pytest.raises(DatabaseBusyError):
        await database.write(work)
    assert runs == 5


async def test_all_connections_busy_is_said_as_that(database_url: str) -> None:
    """And not as an unreachable server, as long as statements get their answers."""
    limits = Limits(connections=2, acquire_seconds=3, statement_seconds=30)
    database = Database(parse_database_url(database_url), limits)
    await database.open()
    await database.fetch("SELECT 1")
    sleepers = [asyncio.create_task(database.fetch("SELECT pg_sleep(30)")) for _ in range(2)]
    await asyncio.sleep(0.3)

    with pytest.raises(DatabaseBusyError, match="all 2 connections"):
        await database.look(0.1)
    with pytest.raises(DatabaseBusyError, match="all 2 connections"):
        await database.fetch("SELECT 1")

    for sleeper in sleepers:
        sleeper.cancel()
    await asyncio.wait(sleepers)
    await database.close()


async def test_mistake_of_ours_passes_through(database: Database) -> None:
    """A wrong number of arguments, and an error of the work itself, are no outage."""

    async def work(_connection: Connection) -> None:
        raise FileNotFoundError

    with pytest.raises(asyncpg.InterfaceError):
        await database.fetch("SELECT $1::int")
    with pytest.raises(FileNotFoundError):
        await database.write(work)


async def test_value_that_cannot_be_stored_is_an_error_of_the_input(database: Database) -> None:
    with pytest.raises(InputError):
        await database.fetch("SELECT $1::text", "\0")


@pytest.mark.parametrize(
    ("parameter", "words"),
    [
        ("options=-c%20statement_timeout%3Dabc", "Parameter refused"),
        ("options=-c%20nosuch%3D1", "Parameter refused"),
    ],
)
async def test_parameter_that_the_server_refuses_is_an_outage(
    database_url: str, parameter: str, words: str
) -> None:
    separator = "&" if "?" in database_url else "?"
    database = Database(parse_database_url(f"{database_url}{separator}{parameter}"), Limits())
    await database.open()

    with pytest.raises(DatabaseUnavailableError, match=words):
        await database.fetch("SELECT 1")
    await database.close()


async def test_database_that_takes_no_connections_is_an_outage(
    server: "asyncpg.Connection[asyncpg.Record]", database_url: str
) -> None:
    dsn = parse_database_url(database_url)
    await server.execute(f'ALTER DATABASE "{dsn.database}" ALLOW_CONNECTIONS false')
    database = Database(dsn, Limits())
    await database.open()

    with pytest.raises(DatabaseUnavailableError, match="Database closed"):
        await database.fetch("SELECT 1")
    await database.close()


async def test_lock_timeout_is_unavailable(
    server: "asyncpg.Connection[asyncpg.Record]",
    database_url: str,
    outsider: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    dsn = parse_database_url(database_url)
    await server.execute(f"ALTER DATABASE \"{dsn.database}\" SET lock_timeout = '50ms'")
    database = Database(dsn, Limits())
    await database.open()
    async with outsider.transaction():
        await outsider.execute("LOCK TABLE clients")
        with pytest.raises(DatabaseUnavailableError):
            await database.fetch("SELECT id FROM clients")
    await database.close()


async def test_plan_that_a_migration_made_stale_is_made_anew(
    database: Database, outsider: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await database.fetch("SELECT chain FROM wallets")
    await outsider.execute("ALTER TABLE wallets ALTER COLUMN chain TYPE varchar(16)")

    assert await database.fetch("SELECT chain FROM wallets") == []


@pytest.fixture
async def frozen(database_url: str) -> AsyncIterator[tuple[Database, FreezingRelay]]:
    """A pool of two connections over a link that can stop passing bytes on."""
    async with freezing(database_url) as relay:
        limits = Limits(connections=2, acquire_seconds=0.5, statement_seconds=0.5)
        database = Database(parse_database_url(relay.url), limits)
        await database.open()
        await asyncio.gather(*(database.fetch("SELECT pg_sleep(0.1)") for _ in range(2)))
        yield database, relay
        await database.close()


async def test_read_over_a_frozen_link_is_an_outage_and_the_next_one_connects_anew(
    frozen: tuple[Database, FreezingRelay],
) -> None:
    database, relay = frozen
    relay.freeze()

    with pytest.raises(DatabaseUnavailableError, match="no answer within"):
        await database.fetch("SELECT 1")
    relay.let_new_ones_pass()
    assert await database.fetchrow("SELECT 1") is not None


async def test_write_over_a_frozen_link_is_an_outage(
    frozen: tuple[Database, FreezingRelay],
) -> None:
    database, relay = frozen

    async def work(connection: Connection) -> None:
        relay.freeze()
        await connection.execute("SELECT 1")

    with pytest.raises(DatabaseUnavailableError):
        await database.write(work)


async def test_look_over_a_frozen_link_ends_in_time_and_says_unavailable(
    frozen: tuple[Database, FreezingRelay],
) -> None:
    """Not busy, although statements without an answer hold every connection."""
    database, relay = frozen
    relay.freeze()
    await asyncio.sleep(1.1)  # what was served before is too long ago to say anything

    for _ in range(3):
        with pytest.raises(DatabaseUnavailableError) as caught:
            await database.look(0.2)
        assert not isinstance(caught.value, DatabaseBusyError)


async def test_cancelled_write_leaves_nothing(
    database: Database, outsider: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    inserted = asyncio.Event()

    async def work(connection: Connection) -> None:
        await connection.execute(
            "INSERT INTO versions (account, version, tag, changed_at) VALUES ('a', 1, 'x', now())"
        )
        inserted.set()
        await asyncio.sleep(60)

    task = asyncio.create_task(database.write(work))
    await inserted.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with asyncio.timeout(10):
        while await outsider.fetchval(_IN_TRANSACTION):  # noqa: ASYNC110 - PostgreSQL has no event
            await asyncio.sleep(0.01)
    assert await outsider.fetchval("SELECT count(*) FROM versions") == 0

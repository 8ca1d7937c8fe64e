"""Migrations: each one goes up, down and up; one at a time; never longer than they may."""

import asyncio
import os
import secrets
import sys
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from tests.contract.catalogue import describe_schema
from tests.contract.releases import CHECKOUT, Release, copy_release, this_release

from bridge.db.alembic_runner import alembic_config
from bridge.db.dsn import Dsn, parse_database_url
from bridge.db.migrate import MigrationLimits, MigrationReport, migrate, render_sql
from bridge.db.migration_turn import LOCK_KEY
from bridge.db.revisions import all_revisions, head_revision
from bridge.errors import ConfigurationError, DatabaseUnavailableError

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

REVISIONS = all_revisions()
NEXT = f"{int(head_revision()) + 1:04}"
AFTER_NEXT = f"{int(head_revision()) + 2:04}"


@pytest.fixture
def dsn(empty_database_url: str) -> Dsn:
    """Address of a database in which there is nothing."""
    return parse_database_url(empty_database_url)


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """Copy of this release, to add revisions to."""
    return copy_release(tmp_path)


@pytest.fixture
async def other(dsn: Dsn) -> AsyncIterator["Connection"]:
    """Another user of the same database."""
    connection = await asyncpg.connect(**dsn.connect_arguments())
    yield connection
    await connection.close()


async def schema_of(dsn: Dsn) -> list[str]:
    connection = await asyncpg.connect(**dsn.connect_arguments())
    try:
        return await describe_schema(connection)
    finally:
        await connection.close()


def _without_alembic(schema: list[str]) -> list[str]:
    return [line for line in schema if "alembic_version" not in line]


@asynccontextmanager
async def table_in_use(dsn: Dsn, table: str) -> AsyncGenerator[None]:
    """Keep a transaction open that has read a table."""
    connection = await asyncpg.connect(**dsn.connect_arguments())
    try:
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {table} IN ACCESS SHARE MODE")
            yield
    finally:
        await connection.close()


async def run_script(connection: "Connection", script: str) -> None:
    """Run a script as psql does, one statement after the other."""
    for statement in script.strip().removesuffix(";").split(";\n"):
        await connection.execute(statement)


async def wait_for_session(connection: "Connection", condition: str, *values: object) -> int:
    """Return the process id of the first session that meets a condition; the test's limit ends."""
    ours = "SELECT min(pid) FROM pg_stat_activity WHERE datname = current_database()"
    query = f"{ours} AND {condition}"
    while (pid := await connection.fetchval(query, *values)) is None:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    return int(pid)


def test_revisions_are_one_line_in_the_order_of_their_numbers() -> None:
    scripts = ScriptDirectory.from_config(alembic_config())

    assert scripts.get_heads() == [head_revision()]
    downwards = [(script.revision, script.down_revision) for script in scripts.walk_revisions()]
    assert downwards == list(zip(REVISIONS[::-1], (*REVISIONS[-2::-1], None), strict=True))


@pytest.mark.parametrize("revision", REVISIONS)
async def test_each_revision_goes_up_down_and_up(
    revision: str, dsn: Dsn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through Alembic's own commands, which take the database from the environment."""
    monkeypatch.delenv("DATABASE_DIRECT_URL", raising=False)
    monkeypatch.setenv("DATABASE_URL", dsn.url)
    config = alembic_config()
    if revision != REVISIONS[0]:
        before_it = REVISIONS[REVISIONS.index(revision) - 1]
        await asyncio.to_thread(command.upgrade, config, before_it)
    before = await schema_of(dsn)

    await asyncio.to_thread(command.upgrade, config, revision)
    after = await schema_of(dsn)
    await asyncio.to_thread(command.downgrade, config, "-1")
    undone = await schema_of(dsn)
    await asyncio.to_thread(command.upgrade, config, revision)

    # The first revision makes Alembic's own table too, which stays.
    assert _without_alembic(undone) == _without_alembic(before)
    assert await schema_of(dsn) == after != undone


async def test_the_plain_alembic_command_works_with_the_ini_file(dsn: Dsn) -> None:
    alembic = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("alembic"),
        *("-c", CHECKOUT / "alembic.ini", "upgrade", "head"),
        env={**os.environ, "DATABASE_URL": "${{unused}}", "DATABASE_DIRECT_URL": dsn.url},
        stderr=asyncio.subprocess.PIPE,
    )
    _, log = await alembic.communicate()

    assert alembic.returncode == 0
    assert f"-> {head_revision()}" in log.decode()
    assert (await migrate(dsn)).applied == ()


async def test_the_plain_alembic_command_says_a_wrong_address_in_one_line() -> None:
    alembic = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("alembic"),
        *("-c", CHECKOUT / "alembic.ini", "current"),
        env={**os.environ, "DATABASE_URL": "mysql://u:canary@db/d", "DATABASE_DIRECT_URL": " "},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, error = await alembic.communicate()

    assert alembic.returncode != 0
    assert b"DATABASE_URL begins with mysql://" in output + error
    assert b"Traceback" not in output + error
    assert b"canary" not in output + error


async def test_migrating_twice_does_nothing_the_second_time(dsn: Dsn) -> None:
    first = await migrate(dsn)
    second = await migrate(dsn)

    assert first == MigrationReport(None, head_revision(), REVISIONS)
    assert second == MigrationReport(head_revision(), head_revision(), ())


async def test_the_printed_script_makes_the_same_schema(
    dsn: Dsn, database_url: str, other: "Connection"
) -> None:
    await run_script(other, render_sql())

    assert await describe_schema(other) == await schema_of(parse_database_url(database_url))
    assert await migrate(dsn) == MigrationReport(head_revision(), head_revision(), ())


def test_the_printed_script_can_begin_at_a_revision() -> None:
    assert "CREATE TABLE clients" in render_sql()
    assert "CREATE TABLE clients" not in render_sql(start=head_revision())


async def test_eight_at_once_apply_each_revision_once(
    dsn: Dsn, database_url: str, release: Release
) -> None:
    release.add_revision(NEXT, "op.execute('CREATE TABLE second (id uuid)')")

    outcomes = await asyncio.gather(*(release.migrate(dsn.url) for _ in range(8)))

    assert [outcome.status for outcome in outcomes] == [0] * 8, outcomes
    applied = Counter(name for outcome in outcomes for name in outcome.applied)
    assert applied == Counter([*REVISIONS, NEXT])
    made = set(await schema_of(dsn)) - {"table second", "column second.id uuid "}
    assert made == set(await schema_of(parse_database_url(database_url)))


async def test_a_turn_that_does_not_come_is_given_up(dsn: Dsn, other: "Connection") -> None:
    await other.execute("SELECT pg_advisory_lock($1)", LOCK_KEY)

    with pytest.raises(DatabaseUnavailableError, match=r"Another migration .* 0.3 seconds"):
        await migrate(dsn, limits=MigrationLimits(turn_seconds=0.3))

    assert await describe_schema(other) == []


async def test_a_turn_is_waited_for(dsn: Dsn, other: "Connection") -> None:
    await other.execute("SELECT pg_advisory_lock($1)", LOCK_KEY)
    migration = asyncio.create_task(migrate(dsn))
    # Asked and told no, outside a transaction: a waiting session would block index builds.
    await wait_for_session(
        other,
        "application_name = $1 AND state = 'idle' AND query LIKE '%pg_try_advisory_lock%'",
        "bridge migrate (turn)",
    )
    assert await describe_schema(other) == []

    await other.execute("SELECT pg_advisory_unlock($1)", LOCK_KEY)

    assert (await migration).applied == REVISIONS


async def test_the_turn_is_given_back_by_a_migration_that_fails(
    dsn: Dsn, other: "Connection"
) -> None:
    await other.execute("CREATE TABLE bots (id text)")
    with pytest.raises(ConfigurationError, match="tables of another program"):
        await migrate(dsn)

    await other.execute("DROP TABLE bots")

    assert (await migrate(dsn, limits=MigrationLimits(turn_seconds=10))).applied == REVISIONS


async def test_a_table_in_use_ends_in_one_sentence(dsn: Dsn, release: Release) -> None:
    await migrate(dsn)
    release.add_revision(NEXT, "op.execute('ALTER TABLE bots ADD COLUMN colour text')")

    async with table_in_use(dsn, "bots"):
        outcome = await release.migrate(dsn.url, lock_timeout_ms=50, lock_attempts=2)

    assert outcome.status == 1
    assert outcome.error.startswith(
        f"DatabaseUnavailableError: A table that revision {NEXT} changes"
    )
    assert "all of 2 tries" in outcome.error
    assert (await release.migrate(dsn.url)).applied == (NEXT,)


async def test_a_lock_that_comes_late_is_tried_for_again(
    dsn: Dsn, release: Release, other: "Connection"
) -> None:
    await migrate(dsn)
    release.add_revision(NEXT, "op.execute('ALTER TABLE bots ADD COLUMN colour text')")
    waiting = "application_name = 'bridge migrate' AND wait_event_type = 'Lock' AND pid <> $1"

    async with table_in_use(dsn, "bots"):
        migration = asyncio.create_task(
            release.migrate(dsn.url, lock_timeout_ms=200, lock_attempts=1000)
        )
        first_try = await wait_for_session(other, waiting, 0)
        await wait_for_session(other, waiting, first_try)

    assert (await migration).applied == (NEXT,)


async def test_a_statement_that_takes_too_long_is_cancelled(dsn: Dsn, release: Release) -> None:
    await migrate(dsn)
    release.add_revision(NEXT, "op.execute('SELECT pg_sleep(600)')")

    outcome = await release.migrate(dsn.url, statement_timeout_ms=100)

    assert outcome.status == 1
    assert f"A statement of revision {NEXT} took longer than 0.1 seconds" in outcome.error


async def test_each_revision_is_a_transaction_of_its_own(
    dsn: Dsn, release: Release, other: "Connection"
) -> None:
    release.add_revision(NEXT, "op.execute('CREATE TABLE second (id uuid)')")
    release.add_revision(
        AFTER_NEXT, "op.execute('CREATE TABLE third (id uuid)')", "op.execute('SELECT 1 / 0')"
    )

    outcome = await release.migrate(dsn.url)

    assert outcome.status == 1
    assert "DivisionByZeroError" in outcome.error
    assert await other.fetchval("SELECT version_num FROM alembic_version") == NEXT
    assert await other.fetchval("SELECT to_regclass('second') IS NOT NULL")
    assert await other.fetchval("SELECT to_regclass('third') IS NULL")


async def test_an_index_is_built_while_the_turn_is_held(dsn: Dsn, release: Release) -> None:
    """A lock holder inside a transaction would block CONCURRENTLY for ever."""
    release.add_revision(
        NEXT,
        "with op.get_context().autocommit_block():",
        "    op.execute('CREATE INDEX CONCURRENTLY bots_name_idx ON bots (name)')",
    )

    outcome = await release.migrate(dsn.url)

    assert outcome.status == 0, outcome.error
    assert any("bots_name_idx" in line for line in await schema_of(dsn))


async def test_per_cent_signs_and_colons_survive_both_ways(
    dsn: Dsn, release: Release, other: "Connection"
) -> None:
    release.add_revision(
        NEXT,
        r"op.execute(r'''CREATE VIEW odd AS SELECT '100%'::text AS a, '%(x)s' AS b, '\:y' AS c''')",
    )
    await release.migrate(dsn.url)
    online = await other.fetchrow("SELECT a, b, c FROM odd")
    await other.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    await run_script(other, await release.render())

    assert online is not None
    assert tuple(online) == ("100%", "%(x)s", ":y")
    assert await other.fetchrow("SELECT a, b, c FROM odd") == online


async def test_a_newer_database_is_left_alone(dsn: Dsn, other: "Connection") -> None:
    """So that a release can be rolled back while its pre-deploy command still migrates."""
    await migrate(dsn)
    await other.execute("UPDATE alembic_version SET version_num = '9999'")

    assert await migrate(dsn) == MigrationReport("9999", "9999", ())
    with pytest.raises(ConfigurationError, match=r"at revision 9999 and cannot go back to 0001"):
        await migrate(dsn, REVISIONS[0])


async def test_a_database_that_another_program_versions_is_left_alone(
    dsn: Dsn, other: "Connection"
) -> None:
    await other.execute("CREATE TABLE alembic_version (version_num text)")
    await other.execute("INSERT INTO alembic_version VALUES ('1975ea83b712')")
    before = await describe_schema(other)

    with pytest.raises(ConfigurationError, match="'1975ea83b712', which belongs to another"):
        await migrate(dsn)

    assert await describe_schema(other) == before


@pytest.mark.parametrize("revision", ["0000", "9999", "base", "+1", "HEAD", "", "0001; DROP"])
async def test_a_wrong_revision_is_named(revision: str, dsn: Dsn) -> None:
    with pytest.raises(ConfigurationError) as refused:
        await migrate(dsn, revision)
    with pytest.raises(ConfigurationError) as not_rendered:
        render_sql(revision)

    assert refused.value.detail == not_rendered.value.detail
    assert refused.value.detail.startswith(f"There is no revision '{revision}': this release has")


async def test_a_user_without_the_right_is_named(dsn: Dsn, other: "Connection") -> None:
    user = f"bridge_{secrets.token_hex(4)}"
    await other.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'canary'")
    try:
        with pytest.raises(ConfigurationError) as refused:
            await migrate(replace(dsn, user=user, password="canary"))
    finally:
        await other.execute(f"DROP ROLE {user}")

    assert f"The database user '{user}' may not change the schema" in refused.value.detail
    assert "canary" not in refused.value.detail


async def test_a_read_only_server_is_named(dsn: Dsn) -> None:
    options = (("options", "-c default_transaction_read_only=on"),)

    with pytest.raises(DatabaseUnavailableError, match="Read-only"):
        await migrate(replace(dsn, parameters=options))


async def test_a_database_that_is_not_there_is_named(dsn: Dsn) -> None:
    with pytest.raises(DatabaseUnavailableError, match=r"Unknown database: .* 'nowhere'"):
        await migrate(replace(dsn, database="nowhere"))


async def test_this_release_migrates_in_a_process_of_its_own(dsn: Dsn) -> None:
    assert (await this_release().migrate(dsn.url)).applied == REVISIONS

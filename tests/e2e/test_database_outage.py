"""The server without its database, with an old schema, and after crashes of either."""

import asyncio
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import asyncpg
import pytest
from tests.e2e.processes import BridgeProcess, bridge

from bridge.db.dsn import parse_database_url
from bridge.db.migrate import migrate
from bridge.db.revisions import head_revision
from bridge.embedded.binaries import Binaries
from bridge.embedded.cluster import EmbeddedCluster, ensure_database

_WRONG_PASSWORD = "canary-password-73"
_CLIENT = {"name": "Sharp Foundation"}


@pytest.fixture
def cluster(binaries: Binaries) -> Iterator[EmbeddedCluster]:
    """A PostgreSQL that the test starts and kills itself.

    In a folder whose path is short enough for its socket, so that its URL outlives a restart.
    """
    with tempfile.TemporaryDirectory(prefix="bridge-") as folder:
        yield EmbeddedCluster(Path(folder) / "pg", binaries=binaries)


async def _health(server: BridgeProcess) -> tuple[object, object]:
    health = (await server.ask("GET", "/health")).json()
    return health["status"], health["database"]


async def test_server_starts_without_its_database_and_recovers_when_it_comes(
    tmp_path: Path, cluster: EmbeddedCluster
) -> None:
    """Every call but health is a 503 with Retry-After, and the first one after is not."""
    async with cluster:
        await ensure_database(cluster)
        await migrate(parse_database_url(cluster.dsn()))
        url = cluster.dsn()

    async with bridge(tmp_path, DATABASE_URL=url) as server:
        assert await _health(server) == ("degraded", "unavailable")
        for method, path, body in (
            ("GET", "/bots", None),
            ("GET", "/clients", None),
            ("POST", "/clients/create", _CLIENT),
            ("GET", "/health/ready", None),
        ):
            answer = await server.ask(method, path, body)
            assert answer.status == 503, path
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["retry-after"] == "5"
            assert str(answer.json()["detail"]).startswith("Database not available")
        assert (await server.ask("GET", "/nowhere")).status == 404

        async with cluster:
            assert (await server.ask("POST", "/clients/create", _CLIENT)).status == 201
            assert await _health(server) == ("healthy", "postgresql")

        assert (await server.ask("GET", "/bots")).status == 503
        async with cluster:
            assert b"Sharp Foundation" in (await server.ask("GET", "/clients")).body


async def test_empty_schema_is_a_503_that_says_what_to_run_until_it_is_migrated(
    tmp_path: Path, empty_database_url: str
) -> None:
    """Without a restart: the schema is looked at again with every call until it is right."""
    async with bridge(tmp_path, DATABASE_URL=empty_database_url) as server:
        answer = await server.ask("GET", "/bots")
        detail = str(answer.json()["detail"])

        assert answer.status == 503
        assert answer.json()["code"] == "schema-outdated"
        assert "revision none" in detail
        assert head_revision() in detail
        assert "bridge migrate" in detail
        assert await _health(server) == ("degraded", "postgresql")

        await migrate(parse_database_url(empty_database_url))
        assert (await server.ask("GET", "/bots")).status == 200


@pytest.mark.parametrize("revision", ["0000", "not-ours", ""])
async def test_schema_that_the_release_does_not_know_is_a_503(
    tmp_path: Path, database_url: str, revision: str
) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE alembic_version SET version_num = $1", revision)
    await connection.close()

    async with bridge(tmp_path, DATABASE_URL=database_url) as server:
        answer = await server.ask("GET", "/bots")

    assert answer.status == 503
    assert "bridge migrate" in str(answer.json()["detail"])


async def test_schema_of_the_next_release_is_served(tmp_path: Path, database_url: str) -> None:
    """Migrations run before the new release does, while this one still serves."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE alembic_version SET version_num = '9000'")
    await connection.close()

    async with bridge(tmp_path, DATABASE_URL=database_url) as server:
        assert (await server.ask("GET", "/bots")).status == 200


async def test_dropped_tables_are_a_503_and_not_a_500(tmp_path: Path, database_url: str) -> None:
    """Asked for a list that nobody holds ready."""
    path = "/bots?status=running"
    async with bridge(tmp_path, DATABASE_URL=database_url) as server:
        assert (await server.ask("GET", path)).status == 200
        connection = await asyncpg.connect(database_url)
        await connection.execute("ALTER TABLE bots RENAME TO bots_gone")
        answer = await server.ask("GET", path)
        await connection.execute("ALTER TABLE bots_gone RENAME TO bots")
        await connection.close()

        assert answer.status == 503
        assert "bridge migrate" in str(answer.json()["detail"])
        assert (await server.ask("GET", path)).status == 200


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("${{Postgres.DATABASE_URL}}", "was not resolved"),
        ("postgresql://bridge:" + _WRONG_PASSWORD + "@your-host:5432/bridge", "your-host"),
        ("", "DATABASE_URL"),
        ("mysql://root:" + _WRONG_PASSWORD + "@127.0.0.1/x", "postgresql://"),
        ("postgresql://bridge:" + _WRONG_PASSWORD + "@127.0.0.1:1/bridge", "refused"),
        ("postgresql://bridge:" + _WRONG_PASSWORD + "@nowhere.invalid/bridge", "nowhere.invalid"),
    ],
)
async def test_bad_connection_string_is_one_sentence_without_the_password(
    tmp_path: Path, url: str, words: str
) -> None:
    """In the answer, on /health and in the log."""
    async with bridge(tmp_path, DATABASE_URL=url) as server:
        answer = await server.ask("GET", "/bots")
        health = await server.ask("GET", "/health")

    assert answer.status == 503
    assert words in str(answer.json()["detail"])
    assert words in str(health.json()["detail"])
    assert words in server.log
    for text in (answer.body.decode(), health.body.decode(), server.log):
        assert _WRONG_PASSWORD not in text


async def test_acknowledged_clients_survive_kills_of_server_and_postgresql(
    tmp_path: Path, cluster: EmbeddedCluster
) -> None:
    """SIGKILL of both while clients are being created: every 201 is there afterwards."""
    acknowledged: list[str] = []

    async def create_until_it_breaks(server: BridgeProcess, writer: int) -> None:
        for number in range(1_000):
            name = f"Client {writer} {number}"
            try:
                answer = await server.ask("POST", "/clients/create", {"name": name})
            except aiohttp.ClientError:
                return
            if answer.status == 201:
                acknowledged.append(str(answer.json()["id"]))

    async with cluster:
        await ensure_database(cluster)
        await migrate(parse_database_url(cluster.dsn()))
        async with (
            bridge(tmp_path, DATABASE_URL=cluster.dsn()) as server,
            asyncio.TaskGroup() as writers,
        ):
            for writer in range(4):
                writers.create_task(create_until_it_breaks(server, writer))
            while len(acknowledged) < 40:  # noqa: ASYNC110 - the writers append to it
                await asyncio.sleep(0.01)
            os.kill(cluster.process_id, signal.SIGKILL)
            await server.kill()

    async with cluster, bridge(tmp_path, DATABASE_URL=cluster.dsn()) as server:
        for client_id in acknowledged:
            assert (await server.ask("GET", f"/clients/{client_id}")).status == 200

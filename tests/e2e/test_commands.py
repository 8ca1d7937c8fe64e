"""The commands of ``bridge``, run as an operator does."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import asyncpg
import msgspec
import pytest
from tests.certificates import write_certificate
from tests.contract.upstream import Upstream, after, answer
from tests.e2e.processes import bridge, run

from bridge.capacity import processors
from bridge.db.revisions import head_revision
from bridge.embedded.processes import command_line
from bridge.simulator.clock import ScaledClock
from bridge.simulator.server import serving
from bridge.simulator.simulation import Login, Simulation

_PASSWORD = "canary-password-74"
_KEY = "k" * 32


async def test_check_says_that_all_is_well(database_url: str) -> None:
    code, said = await run("check", DATABASE_URL=database_url, BRIDGE_ADMIN_KEY=_KEY)

    assert code == 0, said
    assert f"revision {head_revision()}" in said
    assert "wrong" not in said


async def test_check_shows_every_setting_and_no_secret(database_url: str) -> None:
    _, said = await run("check", DATABASE_URL=database_url, BRIDGE_ADMIN_KEY=_KEY)

    for setting in ("DATABASE_URL", "HOST", "PORT", "CORS_ORIGINS", "BRIDGE_VAULT_KEYS"):
        assert setting in said
    assert _KEY not in said


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"DATABASE_URL": ""}, "DATABASE_URL"),
        ({"DATABASE_URL": f"postgresql://a:{_PASSWORD}@127.0.0.1:1/b"}, "refused"),
        ({"DATABASE_URL": "${{Postgres.DATABASE_URL}}"}, "was not resolved"),
        ({"DATABASE_URL": f"postgresql://a:{_PASSWORD}@hostname/b"}, "hostname"),
        ({"HOST": "::", "BRIDGE_AUTH": "open"}, "BRIDGE_OPEN_TO_NETWORK"),
        ({"BRIDGE_VAULT_KEYS": f"main:{_PASSWORD}"}, "BRIDGE_VAULT_KEYS"),
    ],
)
async def test_check_names_what_is_wrong_and_exits_with_1(
    variables: dict[str, str], words: str
) -> None:
    code, said = await run("check", **variables)

    assert code == 1
    assert words in said
    assert _PASSWORD not in said


async def test_check_tells_an_old_schema_from_an_unreachable_database(
    empty_database_url: str,
) -> None:
    code, said = await run("check", DATABASE_URL=empty_database_url)

    assert code == 1
    assert "ok     database: PostgreSQL" in said
    assert "bridge migrate" in said


async def test_check_says_what_goes_without_a_hummingbot_api(database_url: str) -> None:
    code, said = await run("check", DATABASE_URL=database_url)

    assert code == 0
    assert "ok     hummingbot: not configured" in said
    assert "HUMMINGBOT_API_URL" in said


async def test_check_logs_in_to_the_hummingbot_api(database_url: str, tmp_path: Path) -> None:
    login = Login("operator", _PASSWORD)
    async with serving(Simulation(ScaledClock(), login=login)) as addresses:
        code, said = await run(
            "check",
            DATABASE_URL=database_url,
            HUMMINGBOT_API_URL=addresses.url,
            HUMMINGBOT_API_USERNAME="operator",
            HUMMINGBOT_API_PASSWORD=_PASSWORD,
            BRIDGE_HUMMINGBOT_CA=str(write_certificate(tmp_path / "ca.pem")),
            BRIDGE_RECONCILER="observe",
        )

    assert code == 0, said
    assert f"ok     hummingbot: version 1.0.1 at {addresses.url}. Warning: BRIDGE_HUMM" in said
    assert "ok     reconciler: observe: " in said
    assert _PASSWORD not in said


async def test_check_says_that_the_hummingbot_api_is_simulated(database_url: str) -> None:
    async with serving(Simulation(ScaledClock())) as addresses:
        code, said = await run(
            "check",
            DATABASE_URL=database_url,
            HUMMINGBOT_API_URL=addresses.url,
            HUMMINGBOT_API_PASSWORD=Login().password,
            BRIDGE_HUMMINGBOT_SIMULATED="yes",
        )

    assert code == 0, said
    assert "ok     hummingbot: simulated, version " in said


async def test_check_names_a_wrong_password_of_the_hummingbot_api(database_url: str) -> None:
    async with serving(Simulation(ScaledClock())) as addresses:
        code, said = await run(
            "check",
            DATABASE_URL=database_url,
            HUMMINGBOT_API_URL=addresses.url,
            HUMMINGBOT_API_PASSWORD=_PASSWORD,
        )

    assert code == 1
    assert "wrong  hummingbot: The Hummingbot API does not take the bridge's user name" in said
    assert _PASSWORD not in said


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"HUMMINGBOT_API_URL": "http://127.0.0.1:1"}, "refuses connections. (Cannot connect"),
        ({"HUMMINGBOT_API_URL": f"http://a:{_PASSWORD}@b:80"}, "holds a user name or password"),
        ({"HUMMINGBOT_API_URL": f"http://a:b/{_PASSWORD}@c"}, "is not written http://host"),
        ({"HUMMINGBOT_API_PASSWORD": ""}, "HUMMINGBOT_API_PASSWORD is not"),
        ({"BRIDGE_HUMMINGBOT_CA": "/none/ca.pem"}, "BRIDGE_HUMMINGBOT_CA=/none/ca.pem cannot"),
    ],
)
async def test_check_names_what_is_wrong_with_the_hummingbot_api(
    database_url: str, variables: dict[str, str], words: str
) -> None:
    given = {
        "DATABASE_URL": database_url,
        "HUMMINGBOT_API_URL": "https://127.0.0.1:1",
        "HUMMINGBOT_API_PASSWORD": _PASSWORD,
    }

    code, said = await run("check", **given | variables)

    assert code == 1
    assert "wrong  hummingbot: " in said
    assert words in said
    assert "ok     database" in said
    assert _PASSWORD not in said


async def test_check_does_not_wait_for_ever(database_url: str) -> None:
    async with Upstream.listening() as silent:
        silent.deeds = [after(silent.released, answer(200, {}))]
        code, said = await run(
            "check",
            DATABASE_URL=database_url,
            HUMMINGBOT_API_URL=silent.url,
            HUMMINGBOT_API_PASSWORD=_PASSWORD,
            BRIDGE_HUMMINGBOT_SIMULATED="yes",
            BRIDGE_LIFECYCLE_SPEED="1000",
        )

    assert code == 1
    assert "wrong  hummingbot: The Hummingbot API did not answer in time" in said


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"PORT": "70000"}, "PORT"),
        ({"BRIDGE_AUTH": "maybe"}, "BRIDGE_AUTH"),
        ({"CORS_ORIGINS": "*"}, "CORS_ORIGINS"),
        ({"BRIDGE_ADMIN_KEY": "short"}, "BRIDGE_ADMIN_KEY"),
        ({"BRIDGE_ADMIN_WALLETS": "0x12"}, "BRIDGE_ADMIN_WALLETS"),
        ({"HOST": "0.0.0.0", "BRIDGE_AUTH": "open"}, "BRIDGE_OPEN_TO_NETWORK"),  # noqa: S104
    ],
)
async def test_serve_refuses_a_wrong_setting_in_one_sentence(
    variables: dict[str, str], words: str
) -> None:
    code, said = await run("serve", **variables)

    assert code == 1
    assert words in said
    assert len(said.strip().splitlines()) == 1


async def test_serve_refuses_a_port_that_another_server_has(
    tmp_path: Path, database_url: str
) -> None:
    """Granian would share the port, and each would get half of the requests."""
    async with bridge(tmp_path, DATABASE_URL=database_url) as server:
        port = server.url.rpartition(":")[2]
        code, said = await run("serve", PORT=port)

    assert code == 1
    assert f"Port {port}" in said
    assert len(said.strip().splitlines()) == 1


async def test_serve_ends_cleanly_when_it_is_told_to(tmp_path: Path, database_url: str) -> None:
    async with bridge(tmp_path, DATABASE_URL=database_url) as server:
        await server.ask("GET", "/bots")
        assert await server.stop() == 0


async def test_serve_asks_for_the_key_unless_it_is_open(tmp_path: Path, database_url: str) -> None:
    """A server without any key runs, and says how to make one."""
    async with bridge(tmp_path, DATABASE_URL=database_url, BRIDGE_AUTH="required") as server:
        refused = await server.ask("GET", "/bots")
        health = await server.ask("GET", "/health")

    assert refused.status == 401
    assert "bridge keys create" in str(refused.json()["detail"])
    assert health.status == 200


async def test_serve_with_two_workers_shares_one_database(
    tmp_path: Path, database_url: str
) -> None:
    async with bridge(tmp_path, DATABASE_URL=database_url, BRIDGE_WORKERS="2") as server:
        for number in range(10):
            created = await server.ask("POST", "/clients/create", {"name": f"Client {number}"})
            assert created.status == 201
            read = await server.ask("GET", f"/clients/{created.json()['id']}")
            assert read.status == 200


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists the children of a process")
async def test_serve_with_auto_has_a_worker_for_each_processor(
    tmp_path: Path, database_url: str
) -> None:
    async with bridge(tmp_path, DATABASE_URL=database_url, BRIDGE_WORKERS="auto") as server:
        async with asyncio.timeout(20):
            while len(server.workers()) < min(processors(), 8):  # noqa: ASYNC110 - nothing tells us
                await asyncio.sleep(0.05)
        assert (await server.ask("GET", "/bots")).status == 200
        assert len(server.workers()) == min(processors(), 8)


@pytest.mark.parametrize("wrong", ["0", "65", "-1", "1.5", "many", "AUTO"])
async def test_serve_refuses_any_other_number_of_workers(wrong: str) -> None:
    for code, said in (
        await run("serve", "--workers", wrong),
        await run("serve", BRIDGE_WORKERS=wrong),
    ):
        assert code == 1
        assert "BRIDGE_WORKERS is wrong" in said


async def test_check_says_what_the_server_takes(database_url: str) -> None:
    code, said = await run(
        "check", DATABASE_URL=database_url, BRIDGE_WORKERS="3", BRIDGE_POOL_SIZE="4"
    )

    assert code == 0, said
    assert "capacity: 3 workers" in said
    assert "15 connections to the database at most" in said


async def test_migrate_brings_an_empty_database_up_and_then_does_nothing(
    empty_database_url: str,
) -> None:
    first = await run("migrate", DATABASE_URL=empty_database_url)
    second = await run("migrate", DATABASE_URL=empty_database_url)

    assert first[0] == second[0] == 0
    assert head_revision() in first[1]
    assert "nothing to do" in second[1]


async def test_migrate_prints_sql_that_makes_the_same_tables(
    empty_database_url: str, database_url: str
) -> None:
    code, sql = await run("migrate", "--sql")
    connection = await asyncpg.connect(empty_database_url)
    for statement in sql.strip().removesuffix(";").split(";\n"):  # as psql sends them
        await connection.execute(statement)
    tables = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
    made = await connection.fetch(tables)
    await connection.close()
    reference = await asyncpg.connect(database_url)
    expected = await reference.fetch(tables)
    await reference.close()

    assert code == 0
    assert made == expected


async def test_migrate_uses_the_direct_url(empty_database_url: str) -> None:
    code, said = await run(
        "migrate",
        DATABASE_URL="postgresql://a:b@127.0.0.1:1/pgbouncer",
        DATABASE_DIRECT_URL=empty_database_url,
    )

    assert code == 0, said


async def test_migrate_without_a_database_is_one_sentence() -> None:
    code, said = await run("migrate", DATABASE_URL=f"postgresql://a:{_PASSWORD}@127.0.0.1:1/b")

    assert code == 1
    assert "refused" in said
    assert len(said.strip().splitlines()) == 1
    assert _PASSWORD not in said


async def test_openapi_is_printed_without_any_setting() -> None:
    code, said = await run("openapi")

    assert code == 0
    assert "/bots/create" in msgspec.json.decode(said)["paths"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists the children of a process")
async def test_killed_worker_is_replaced(tmp_path: Path, database_url: str) -> None:
    async with bridge(tmp_path, DATABASE_URL=database_url, BRIDGE_WORKERS="2") as server:
        workers = server.workers()
        assert len(workers) == 2
        os.kill(workers[0], signal.SIGKILL)
        async with asyncio.timeout(20):
            while len(set(server.workers()) - {workers[0]}) < 2:  # noqa: ASYNC110 - nothing tells us
                await asyncio.sleep(0.05)
        await server.until_it_answers()
        assert (await server.ask("GET", "/bots")).status == 200


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
async def test_workers_of_a_killed_server_end_and_free_its_port(
    tmp_path: Path, database_url: str
) -> None:
    async with bridge(tmp_path, DATABASE_URL=database_url, BRIDGE_WORKERS="2") as server:
        workers = server.workers()
        assert len(workers) == 2
        os.kill(server.process_id, signal.SIGKILL)

        async with asyncio.timeout(20):
            # A process that ends loses its words before it closes its sockets: wait for both.
            while any(map(command_line, workers)) or not server.port_is_free():  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)


async def test_check_looks_at_the_direct_url_too(database_url: str) -> None:
    code, said = await run("check", DATABASE_URL=database_url, DATABASE_DIRECT_URL="foo")

    assert code == 1
    assert "DATABASE_DIRECT_URL" in said


async def test_migrate_names_the_variable_that_is_wrong(database_url: str) -> None:
    code, said = await run("migrate", DATABASE_URL=database_url, DATABASE_DIRECT_URL="foo")

    assert code == 1
    assert "DATABASE_DIRECT_URL" in said


async def test_migrate_leaves_a_revision_that_no_release_wrote_alone(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE alembic_version SET version_num = '0000'")
    await connection.close()

    code, said = await run("migrate", DATABASE_URL=database_url)

    assert code == 1
    assert "nothing was changed" in said
    assert len(said.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "origin",
    ["http://[", "https://*.example.net", "https://u:p@h", "https://h:443", "https://h?x", "null"],
)
async def test_origin_that_no_browser_sends_is_refused(origin: str) -> None:
    code, said = await run("check", CORS_ORIGINS=origin)

    assert code == 1
    assert "CORS_ORIGINS" in said

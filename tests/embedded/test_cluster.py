"""The life of one embedded server: real processes, real signals."""

import os
import signal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from tests.embedded.clusters import (
    ON_LINUX,
    MakeCluster,
    Supervisor,
    count_rows,
    environment_of,
    fetch_value,
    insert_rows,
    mode,
    names,
    stranger,
    usual_launcher,
)

from bridge.embedded.binaries import Binaries
from bridge.embedded.cluster import EmbeddedCluster, ensure_database
from bridge.embedded.processes import command_line, exists, wait_until
from bridge.errors import ConfigurationError


def socket_dir(cluster: EmbeddedCluster) -> Path:
    return Path(parse_qs(urlsplit(cluster.dsn()).query)["host"][0])


def leave_pid_file(pgdata: Path, pid: int) -> None:
    """Write what a server with this process id would have left behind."""
    (pgdata / "postmaster.pid").write_text(f"{pid}\n{pgdata}\n1\n5432\n\n\n", "ascii")


async def test_data_survive_a_stop_and_a_start(make_cluster: MakeCluster) -> None:
    async with make_cluster(durable=True) as cluster:
        await insert_rows(cluster, 3)
        assert await fetch_value(cluster, "SHOW fsync") == "on"
    assert not cluster.has_ended

    async with make_cluster(durable=True) as again:
        assert await count_rows(again) == 3


async def test_stop_leaves_no_process_and_nothing_but_the_data(
    make_cluster: MakeCluster, data_dir: Path
) -> None:
    cluster = make_cluster()
    await cluster.start()
    pid, sockets = cluster.process_id, socket_dir(cluster)

    await cluster.stop()
    await cluster.stop()

    assert not exists(pid)
    assert names(sockets.parent, sockets.name) == set()
    assert names(data_dir) == {
        "pgdata",
        "postgres.log",
        "server.lock",
        "supervisor.lock",
    }


async def test_only_its_user_can_reach_the_socket(make_cluster: MakeCluster) -> None:
    async with make_cluster() as cluster:
        assert mode(socket_dir(cluster)) == 0o700
        assert await fetch_value(cluster, "SHOW listen_addresses") == ""


async def test_the_database_is_utf8_with_checksums_and_sorts_by_code_point(
    make_cluster: MakeCluster,
) -> None:
    async with make_cluster() as cluster:
        assert await fetch_value(cluster, "SHOW server_encoding") == "UTF8"
        assert await fetch_value(cluster, "SHOW data_checksums") == "on"
        assert await fetch_value(cluster, "SELECT 'B' < 'a'") is True


async def test_ensure_database_makes_it_once(make_cluster: MakeCluster) -> None:
    async with make_cluster() as cluster:
        await ensure_database(cluster)
        await ensure_database(cluster)
        connection = await asyncpg.connect(cluster.dsn(), timeout=10)
        assert await connection.fetchval("SELECT current_database()") == "bridge"
        await connection.close()


async def test_variables_of_the_user_do_not_lead_elsewhere(
    make_cluster: MakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGPORT": "1", "PGHOST": "nowhere.invalid", "PGDATA": "/nowhere"}.items():
        monkeypatch.setenv(name, value)
    async with make_cluster() as cluster:
        assert await fetch_value(cluster, "SHOW port") == "5432"


@pytest.mark.skipif(not ON_LINUX, reason="/proc shows it")
async def test_secrets_in_our_environment_are_not_handed_to_the_server(
    make_cluster: MakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIDGE_VAULT_KEYS", "canary-of-the-vault")
    async with make_cluster() as cluster:
        environment = environment_of(cluster.process_id)
        assert b"LC_ALL=C" in environment
        assert b"canary" not in environment


async def test_committed_rows_survive_a_killed_server(make_cluster: MakeCluster) -> None:
    cluster = make_cluster(durable=True)
    await cluster.start()
    await insert_rows(cluster, 1_000)

    os.kill(cluster.process_id, signal.SIGKILL)
    assert await wait_until(lambda: cluster.has_ended, 10)
    await cluster.stop()

    await cluster.start()
    assert await count_rows(cluster) == 1_000


async def test_the_number_of_a_dead_server_may_belong_to_another_process(
    make_cluster: MakeCluster, data_dir: Path
) -> None:
    async with make_cluster():
        pass
    with stranger("sleep", "60") as process:
        leave_pid_file(data_dir / "pgdata", process.pid)

        async with make_cluster() as cluster:
            assert await fetch_value(cluster, "SELECT 1") == 1

        assert process.poll() is None


async def test_a_dead_server_that_nobody_buried_does_not_block(
    make_cluster: MakeCluster, data_dir: Path
) -> None:
    async with make_cluster():
        pass
    with stranger("true") as unburied:
        assert await wait_until(lambda: command_line(unburied.pid) == "", 10)
        leave_pid_file(data_dir / "pgdata", unburied.pid)

        async with make_cluster() as cluster:
            assert await fetch_value(cluster, "SELECT 1") == 1


async def test_a_second_supervisor_is_refused_in_one_sentence(
    make_cluster: MakeCluster, data_dir: Path
) -> None:
    async with make_cluster() as first:
        with pytest.raises(ConfigurationError) as caught:
            await make_cluster().start()

        assert caught.value.detail == (
            f"{data_dir} is in use by another process ({os.getpid()}): stop that one, or set"
            " BRIDGE_DATA_DIR to another folder."
        )
        assert await fetch_value(first, "SELECT 1") == 1


async def test_data_of_another_version_are_refused_and_kept(
    make_cluster: MakeCluster, data_dir: Path, binaries: Binaries
) -> None:
    async with make_cluster():
        pass
    version = data_dir / "pgdata" / "PG_VERSION"
    version.write_text("14\n", "ascii")

    with pytest.raises(ConfigurationError, match=f"of PostgreSQL 14, .* {binaries.version}: set"):
        await make_cluster().start()

    version.write_text(f"{binaries.major}\n", "ascii")
    async with make_cluster() as cluster:
        assert await fetch_value(cluster, "SELECT 1") == 1


async def test_a_folder_that_holds_something_else_is_refused(
    make_cluster: MakeCluster, data_dir: Path
) -> None:
    (data_dir / "pgdata").mkdir(parents=True)
    (data_dir / "pgdata" / "letter.txt").touch()

    with pytest.raises(ConfigurationError, match="holds no data of PostgreSQL: move it away"):
        await make_cluster().start()

    assert (data_dir / "pgdata" / "letter.txt").exists()


@pytest.mark.parametrize("name", ["x" * 200, "with, comma", 'quote " and é'])
async def test_any_folder_name_works(make_cluster: MakeCluster, tmp_path: Path, name: str) -> None:
    cluster = make_cluster(tmp_path / name)
    await cluster.start()
    sockets = socket_dir(cluster)
    assert await fetch_value(cluster, "SELECT 1") == 1

    await cluster.stop()

    assert names(sockets) == set()


async def test_a_socket_folder_that_a_killed_run_left_is_removed(
    make_cluster: MakeCluster, tmp_path: Path, binaries: Binaries
) -> None:
    data_dir = tmp_path / ("x" * 200)
    with Supervisor(data_dir, binaries, follows_parent=False) as supervisor:
        server = supervisor.wait_for_server()
    os.kill(server, signal.SIGKILL)
    left = Path((data_dir / "socket.path").read_text("utf-8"))
    assert names(left, ".s*") == {".s.PGSQL.5432", ".s.PGSQL.5432.lock"}

    async with make_cluster(data_dir) as cluster:
        assert socket_dir(cluster) != left
        assert names(left.parent, left.name) == set()


async def test_a_server_whose_supervisor_was_killed_is_stopped_and_started_anew(
    make_cluster: MakeCluster, data_dir: Path, binaries: Binaries
) -> None:
    with Supervisor(data_dir, binaries, follows_parent=False) as supervisor:
        server = supervisor.wait_for_server()
    assert "postgres" in command_line(server)

    async with make_cluster() as cluster:
        assert command_line(server) == ""
        assert cluster.process_id != server
        assert await fetch_value(cluster, "SELECT 1") == 1


@pytest.mark.skipif(not ON_LINUX, reason="only Linux tells a child that its parent has gone")
async def test_a_server_ends_with_its_supervisor(
    make_cluster: MakeCluster, data_dir: Path, binaries: Binaries
) -> None:
    with Supervisor(data_dir, binaries, follows_parent=True) as supervisor:
        server = supervisor.wait_for_server()
        assert "postgres" in command_line(server)

    assert await wait_until(lambda: command_line(server) == "", 20)
    async with make_cluster():
        pass  # a socket folder outside the data goes with the next run


async def test_a_kill_while_the_data_are_made_does_not_block(
    make_cluster: MakeCluster, data_dir: Path, binaries: Binaries
) -> None:
    with Supervisor(data_dir, binaries, follows_parent=False):
        assert await wait_until(lambda: names(data_dir, "initdb-*") != set(), 20)
    assert "pgdata" not in names(data_dir)

    async with make_cluster() as cluster:
        assert await fetch_value(cluster, "SELECT 1") == 1
    assert names(data_dir, "initdb-*") == set()


async def test_a_server_that_does_not_start_is_explained_by_its_log(
    make_cluster: MakeCluster, data_dir: Path
) -> None:
    async with make_cluster():
        pass
    with (data_dir / "pgdata" / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.write("no_such_setting = 1\n")

    with pytest.raises(ConfigurationError, match=r"ended with code 1.*\n.*no_such_setting"):
        await make_cluster().start()


async def test_a_failed_start_gives_the_folder_free(
    make_cluster: MakeCluster, data_dir: Path
) -> None:
    (data_dir / "pgdata").mkdir(parents=True)
    failed = make_cluster()
    with pytest.raises(ConfigurationError):
        await failed.start()
    (data_dir / "pgdata").rmdir()

    async with make_cluster(launchers=[usual_launcher()]) as cluster:
        assert await fetch_value(cluster, "SELECT 1") == 1

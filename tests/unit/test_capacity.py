"""How many processes and connections the machine and its limits allow."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.capacity import processors, worker_count

_ONLY_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has control groups")
_HERE = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
_SAY = "from bridge.capacity import connections_per_worker as say; print(say(), say())"


def _written(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="ascii")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Where it is written that this process is in the group ``/pods/bridge``."""
    own = tmp_path / "own"
    _written(own, "1:name=systemd:/\n0::/pods/bridge\n")
    return own


def test_number_is_taken_as_it_is() -> None:
    assert [worker_count(1), worker_count(64)] == [1, 64]


def test_auto_is_a_worker_for_each_processor_up_to_eight() -> None:
    assert worker_count("auto") == min(processors(), 8)


@_ONLY_LINUX
def test_without_a_quota_all_processors_count_that_we_may_run_on(tmp_path: Path, own: Path) -> None:
    assert processors(tmp_path / "nothing", tmp_path / "nothing") == _HERE
    _written(tmp_path / "groups/cpu.max", "max 100000\n")
    assert processors(tmp_path / "groups", own) == _HERE


@_ONLY_LINUX
@pytest.mark.parametrize(
    ("quota", "count"), [("100000 100000", 1), ("50000 100000", 1), ("199999 100000", 1)]
)
@pytest.mark.parametrize("group", ["", "pods", "pods/bridge"])
def test_quota_of_any_group_above_counts(
    tmp_path: Path, own: Path, group: str, quota: str, count: int
) -> None:
    _written(tmp_path / "groups" / group / "cpu.max", quota)

    assert processors(tmp_path / "groups", own) == count


@_ONLY_LINUX
def test_quota_above_the_number_of_processors_makes_no_more_of_them(
    tmp_path: Path, own: Path
) -> None:
    _written(tmp_path / "groups/cpu.max", "99900000 100000")

    assert processors(tmp_path / "groups", own) == _HERE


@_ONLY_LINUX
def test_quota_of_version_1_counts(tmp_path: Path, own: Path) -> None:
    _written(tmp_path / "groups/cpu/cpu.cfs_period_us", "100000")
    _written(tmp_path / "groups/cpu/cpu.cfs_quota_us", "-1")
    assert processors(tmp_path / "groups", own) == _HERE

    _written(tmp_path / "groups/cpu/cpu.cfs_quota_us", "100000")
    assert processors(tmp_path / "groups", own) == 1


@_ONLY_LINUX
@pytest.mark.parametrize("text", ["", "\n", "0::\n", "0::/\n", "nonsense", "0::/../../..\n"])
def test_group_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    _written(tmp_path / "own", text)

    assert processors(tmp_path / "groups", tmp_path / "own") == _HERE


@pytest.mark.parametrize(
    ("soft", "hard", "expected"),
    [(256, 256, 128), (1_024, 1_024, 512), (64, 4_096, 3_584), (1_024, 20_000, 12_000)],
)
def test_connections_are_as_many_as_files_may_be_open(soft: int, hard: int, expected: int) -> None:
    """The soft limit, often 1,024, is raised as far as the hard one allows."""
    if 0 <= resource.getrlimit(resource.RLIMIT_NOFILE)[1] < hard:
        pytest.skip("this machine allows fewer open files")

    said = subprocess.run(  # noqa: S603 - our own interpreter
        [
            sys.executable,
            "-c",
            f"import resource as r; r.setrlimit(r.RLIMIT_NOFILE, ({soft}, {hard})); {_SAY}",
        ],
        capture_output=True,
        check=True,
        text=True,
    )

    assert said.stdout.split() == [str(expected)] * 2

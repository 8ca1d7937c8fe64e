"""Clusters of a test's own."""

import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from shutil import rmtree

import pytest
from tests.embedded.clusters import MakeCluster

from bridge.embedded.binaries import Binaries
from bridge.embedded.cluster import EmbeddedCluster
from bridge.embedded.launch import Launcher


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "postgres"


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's."""
    folder = Path(tempfile.mkdtemp(prefix="bridge-open-"))
    folder.chmod(0o755)
    yield folder
    rmtree(folder)


@pytest.fixture
def closed_dir(open_dir: Path) -> Path:
    """A folder that only we may enter."""
    folder = open_dir / "closed"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
async def make_cluster(binaries: Binaries, data_dir: Path) -> AsyncIterator[MakeCluster]:
    made: list[EmbeddedCluster] = []

    def make(
        folder: Path = data_dir,
        *,
        programs: Binaries = binaries,
        durable: bool = False,
        launchers: Sequence[Launcher] | None = None,
    ) -> EmbeddedCluster:
        made.append(
            EmbeddedCluster(folder, binaries=programs, durable=durable, launchers=launchers)
        )
        return made[-1]

    yield make
    for cluster in reversed(made):
        await cluster.stop()

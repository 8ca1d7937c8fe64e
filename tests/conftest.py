"""One PostgreSQL for the whole run, one migrated template per worker, one database per test.

And what tests of running servers have in common: a session of HTTP, and a log that costs little.

The server is an embedded one, made for this run and thrown away after it, unless
``BRIDGE_TEST_DATABASE_URL`` names a server on which databases may be made.
"""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import asyncpg
import hypothesis
import pytest
import structlog

from bridge.db.dsn import parse_database_url
from bridge.db.migrate import migrate
from bridge.embedded.binaries import Binaries, locate
from bridge.embedded.cluster import EmbeddedCluster
from bridge.embedded.locks import FolderLock

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

# The same cases in every run: a change is judged by what it changes. HYPOTHESIS_PROFILE=explore
# looks for new ones.
hypothesis.settings.register_profile("same", derandomize=True, database=None)
hypothesis.settings.register_profile("explore", max_examples=2_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

_CONNECT_SECONDS = 10
_PREFIX = "bridge-tests-"
_OUTSIDE_SERVER = os.environ.get("BRIDGE_TEST_DATABASE_URL", "").strip()
_FOLDER = pytest.StashKey[Path]()
_CLUSTER = pytest.StashKey[EmbeddedCluster]()
_SERVER_URL = pytest.StashKey[str]()
_LOCK = pytest.StashKey[FolderLock]()
_RUN = pytest.StashKey[str]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Keep everything that this run writes in one folder, which goes when it ends."""
    if _is_worker(config):
        return
    _remove_killed_runs()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    folder.chmod(0o755)  # also for another uid, which the server may run as
    config.stash[_FOLDER] = folder
    config.stash[_LOCK] = _lock(folder)
    config.stash[_LOCK].acquire()
    if config.option.basetemp is None:
        config.option.basetemp = str(folder / "tmp")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the server in the process that leads the run."""
    config = session.config
    if _is_worker(config):
        given: dict[str, str] = vars(config)["workerinput"]
        config.stash[_SERVER_URL] = given["bridge_server_url"]
        config.stash[_RUN] = given["bridge_run"]
        return
    config.stash[_RUN] = secrets.token_hex(3)
    config.stash[_SERVER_URL] = _OUTSIDE_SERVER
    if not _OUTSIDE_SERVER and not config.option.collectonly:
        cluster = EmbeddedCluster(
            config.stash[_FOLDER] / "postgres", binaries=_binaries(), durable=False
        )
        config.stash[_CLUSTER] = cluster
        asyncio.run(cluster.start())
        config.stash[_SERVER_URL] = cluster.dsn("postgres")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tell a worker of xdist where the server is."""
    given: dict[str, str] = vars(node)["workerinput"]
    stash: pytest.Stash = vars(node)["config"].stash
    given["bridge_server_url"] = stash[_SERVER_URL]
    given["bridge_run"] = stash[_RUN]


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say which PostgreSQL the tests run on."""
    if _is_worker(config):
        return None
    if _OUTSIDE_SERVER:
        return f"PostgreSQL {asyncio.run(_server_version())} (BRIDGE_TEST_DATABASE_URL)"
    binaries = _binaries()
    return f"PostgreSQL {binaries.version} ({binaries.source}), started for this run"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server and remove what the run wrote."""
    cluster = config.stash.get(_CLUSTER, None)
    if cluster is not None:
        asyncio.run(cluster.stop())
    folder = config.stash.get(_FOLDER, None)
    if folder is not None:
        shutil.rmtree(folder)
        config.stash[_LOCK].release()


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest) -> str:
    """URL of the server's maintenance database, with the right to make databases."""
    return request.config.stash[_SERVER_URL]


@pytest.fixture(scope="session")
async def server(server_url: str) -> AsyncIterator["Connection"]:
    """Connection of this worker for making and dropping databases."""
    connection = await asyncpg.connect(server_url, timeout=_CONNECT_SECONDS)
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
def database_prefix(request: pytest.FixtureRequest) -> str:
    """How the databases of this worker, in this run, are called."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return f"bridge_test_{request.config.stash[_RUN]}_{worker}"


@pytest.fixture(scope="session")
async def template_database(
    server: "Connection", server_url: str, database_prefix: str
) -> AsyncIterator[str]:
    """Name of a database with the newest schema and no rows; nobody may stay connected to it."""
    async with _database(server, f"{database_prefix}_template", "template0") as name:
        await migrate(parse_database_url(_url(server_url, name)))
        yield name


@pytest.fixture
async def database_url(
    server: "Connection", server_url: str, database_prefix: str, template_database: str
) -> AsyncIterator[str]:
    """URL of a database of the test's own, migrated and empty; costs about 30 ms."""
    name = f"{database_prefix}_{secrets.token_hex(4)}"
    async with _database(server, name, template_database):
        yield _url(server_url, name)


@pytest.fixture
async def empty_database_url(
    server: "Connection", server_url: str, database_prefix: str
) -> AsyncIterator[str]:
    """URL of a database of the test's own in which there is nothing at all."""
    name = f"{database_prefix}_{secrets.token_hex(4)}"
    async with _database(server, name, "template0"):
        yield _url(server_url, name)


@pytest.fixture(scope="session")
def binaries() -> Binaries:
    """The PostgreSQL programs that the embedded server uses."""
    return _binaries()


@pytest.fixture(scope="session")
def plain_log() -> Iterator[None]:
    """Log as text: what structlog does unless told otherwise takes seconds for a traceback."""
    structlog.configure(
        processors=[
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ]
    )
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A session without cookies and without a limit on connections."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=60),
    ) as session:
        yield session


@asynccontextmanager
async def _database(server: "Connection", name: str, template: str) -> AsyncGenerator[str]:
    await server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING UTF8')
    try:
        yield name
    finally:
        await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _remove_killed_runs() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        lock = _lock(folder)
        if folder.stat().st_uid == os.geteuid() and lock.path.exists() and lock.acquire():
            shutil.rmtree(folder)
            lock.release()


def _lock(folder: Path) -> FolderLock:
    return FolderLock(folder / "run.lock")


def _url(server_url: str, database: str) -> str:
    return urlsplit(server_url)._replace(path=f"/{database}").geturl()


def _binaries() -> Binaries:
    given = os.environ.get("BRIDGE_PG_BIN", "").strip()
    return locate(Path(given) if given else None)


async def _server_version() -> str:
    connection = await asyncpg.connect(_OUTSIDE_SERVER, timeout=_CONNECT_SECONDS)
    try:
        return str(await connection.fetchval("SHOW server_version"))
    finally:
        await connection.close()


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")

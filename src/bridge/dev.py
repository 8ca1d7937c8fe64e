"""``bridge dev``: from nothing to a served bridge on this machine, and back to nothing.

Starts PostgreSQL, migrates it, starts the server, and stops them in the opposite order. What it
leaves is the data folder.
"""

import asyncio
import math
import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from bridge.db.dsn import parse_database_url
from bridge.db.migrate import migrate
from bridge.dev_key import keep_key
from bridge.dev_server import DevServer, address
from bridge.dev_terminal import Running, Terminal
from bridge.embedded.binaries import locate
from bridge.embedded.cluster import EmbeddedCluster, ensure_database
from bridge.embedded.locks import FolderLock
from bridge.embedded.processes import wait_until
from bridge.errors import ConfigurationError
from bridge.ports import check_port
from bridge.settings import Settings, check_exposure

_DEV_ORIGINS: Final = "http://localhost:3000,http://localhost:5173"
_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_WATCH_SECONDS: Final = 0.2


async def run_dev(settings: Settings, terminal: Terminal | None = None) -> int:
    """Run until Ctrl-C, TERM or the end of the server; return the exit code.

    Args:
        settings: Address, data folder and what else the environment says.
        terminal: Where the steps are shown; None for standard output.

    Raises:
        ConfigurationError: Something is in the way; everything that was started is stopped.
    """
    terminal = terminal or Terminal()
    running = asyncio.current_task()
    was_asked = is_stopping = False

    def ask_to_stop() -> None:
        nonlocal was_asked, is_stopping
        if running is not None and not is_stopping:  # or it would cut the stopping short
            was_asked = is_stopping = True
            running.cancel()

    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, ask_to_stop)
    try:
        async with AsyncExitStack() as stack:
            try:
                return await _start_all(settings, terminal, stack)
            finally:
                is_stopping = True
    except asyncio.CancelledError:
        if not was_asked:
            raise
        terminal.say("Stopped.")
        return 0


async def _start_all(settings: Settings, terminal: Terminal, stack: AsyncExitStack) -> int:
    check_exposure(settings)
    data_dir = _open_data_dir(settings.data_dir, stack)
    server = DevServer(data_dir, settings.host, settings.port)
    await server.stop_leftover()
    check_port(settings.host, settings.port)
    vault_keys = settings.vault_keys.reveal() if settings.vault_keys else keep_key(data_dir)

    cluster = None
    if settings.database_url is None:
        cluster = await _start_postgres(settings, data_dir, terminal, stack)
    database_url, direct_url = _database_urls(settings, cluster)
    with terminal.step("Migrating the database"):
        await migrate(parse_database_url(direct_url))
    stack.push_async_callback(server.stop)
    environment = {
        # What `serve` has another default for.
        "BRIDGE_AUTH": settings.auth,
        "CORS_ORIGINS": settings.cors_origins or _DEV_ORIGINS,
        # What the variables of this process say goes on to the server, but for these.
        **{name: value for name, value in os.environ.items() if value.strip()},
        "HOST": settings.host,
        "PORT": str(settings.port),
        "DATABASE_URL": database_url,
        "DATABASE_DIRECT_URL": direct_url,
        "BRIDGE_VAULT_KEYS": vault_keys,
    }
    with terminal.step("Starting the server"):
        await server.start(environment)
    url = cluster.dsn() if cluster else None
    terminal.welcome(Running(address(settings.host, settings.port), url, data_dir))
    return await _watch(server, cluster, terminal)


def _open_data_dir(path: str, stack: AsyncExitStack) -> Path:
    data_dir = Path(path).resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = FolderLock(data_dir / "dev.lock")
    if not lock.acquire():
        message = (
            f"Another 'bridge dev' (process {lock.read_signature()}) runs on {data_dir}: stop it,"
            " or set BRIDGE_DATA_DIR to another folder."
        )
        raise ConfigurationError(message)
    stack.callback(lock.release)
    lock.sign()
    return data_dir


def _database_urls(settings: Settings, cluster: EmbeddedCluster | None) -> tuple[str, str]:
    """Return the URL for the server and the one for migrations (not through a pooler)."""
    if cluster is not None:
        return cluster.dsn(), cluster.dsn()
    url = settings.database_url.reveal() if settings.database_url else ""
    direct = settings.database_direct_url
    return url, direct.reveal() if direct else url


async def _watch(server: DevServer, cluster: EmbeddedCluster | None, terminal: Terminal) -> int:
    """Return an exit code when one of the processes has ended by itself."""

    def has_ended() -> bool:
        return server.exit_code is not None or (cluster is not None and cluster.has_ended)

    await wait_until(has_ended, math.inf, every_seconds=_WATCH_SECONDS)
    code = server.exit_code
    if code is None:
        terminal.say(f"PostgreSQL ended by itself; its log is {cluster and cluster.log_path}.")
        return 1
    terminal.say(f"The server ended by itself with code {code}.")
    return code if code >= 0 else 128 - code


async def _start_postgres(
    settings: Settings, data_dir: Path, terminal: Terminal, stack: AsyncExitStack
) -> EmbeddedCluster:
    binaries = locate(Path(settings.pg_bin) if settings.pg_bin else None)
    cluster = EmbeddedCluster(data_dir / "postgres", binaries=binaries)
    with terminal.step(f"Starting PostgreSQL {binaries.version} ({binaries.source})"):
        await stack.enter_async_context(cluster)
        await ensure_database(cluster)
    return cluster

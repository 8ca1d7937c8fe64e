"""``bridge dev``: from nothing to a served bridge on this machine, and back to nothing.

Starts PostgreSQL, migrates it, starts a simulated Hummingbot API and the server, and stops them in
the opposite order. What it leaves is the data folder.
"""

import asyncio
import math
import os
import signal
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import msgspec

from bridge.db.dsn import parse_database_url
from bridge.db.migrate import migrate
from bridge.dev_key import keep_key
from bridge.dev_server import DevServer, address
from bridge.dev_simulator import DevSimulator
from bridge.dev_terminal import Running, Terminal
from bridge.embedded.binaries import locate
from bridge.embedded.cluster import EmbeddedCluster, ensure_database
from bridge.embedded.locks import FolderLock
from bridge.embedded.processes import wait_until
from bridge.errors import ConfigurationError
from bridge.ports import check_port
from bridge.settings import Settings, check_exposure
from bridge.upstream import check_upstream

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
    warnings = check_upstream(settings)
    data_dir = _open_data_dir(settings.data_dir, stack)
    server = DevServer(data_dir, settings.host, settings.port)
    simulator = DevSimulator(data_dir, settings.lifecycle_speed)
    await server.stop_leftover()
    await simulator.stop_leftover()
    check_port(settings.host, settings.port)
    vault_keys = settings.vault_keys.reveal() if settings.vault_keys else keep_key(data_dir)

    cluster = None
    if settings.database_url is None:
        cluster = await _start_postgres(settings, data_dir, terminal, stack)
    database_url, direct_url = _database_urls(settings, cluster)
    with terminal.step("Migrating the database"):
        await migrate(parse_database_url(direct_url))
    forced = {
        "DATABASE_URL": database_url,
        "DATABASE_DIRECT_URL": direct_url,
        "BRIDGE_VAULT_KEYS": vault_keys,
    }
    if settings.hummingbot_url is None:
        stack.push_async_callback(simulator.stop)
        with terminal.step("Starting a simulated Hummingbot API"):
            await simulator.start(_foreign_variables())
        forced |= simulator.server_environment
    stack.push_async_callback(server.stop)
    with terminal.step("Starting the server"):
        await server.start(_server_environment(settings, forced))
    terminal.welcome(
        Running(
            address=address(settings.host, settings.port),
            hummingbot_url=settings.hummingbot_url or simulator.url,
            is_simulated=settings.hummingbot_url is None,
            database_url=cluster.dsn() if cluster else None,
            data_dir=data_dir,
            is_open=settings.is_open,
        ),
        warnings,
    )
    return await _watch(server, simulator, cluster, terminal)


def _server_environment(settings: Settings, forced: Mapping[str, str]) -> dict[str, str]:
    """Return all variables of the server.

    Args:
        settings: For what `serve` has another default for.
        forced: What goes before the variables of this process, which the server gets as they are.
    """
    return {
        "BRIDGE_AUTH": settings.auth,
        "CORS_ORIGINS": settings.cors_origins or _DEV_ORIGINS,
        **{name: value for name, value in os.environ.items() if value.strip()},
        "HOST": settings.host,
        "PORT": str(settings.port),
        **forced,
    }


def _foreign_variables() -> dict[str, str]:
    """Return the variables of this process that are none of our settings, so no key either."""
    ours = {info.encode_name for info in msgspec.structs.fields(Settings)}
    return {name: value for name, value in os.environ.items() if name not in ours}


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


async def _watch(
    server: DevServer, simulator: DevSimulator, cluster: EmbeddedCluster | None, terminal: Terminal
) -> int:
    """Return an exit code when one of the processes has ended by itself."""

    def has_ended() -> bool:
        is_down = cluster is not None and cluster.has_ended
        return is_down or server.exit_code is not None or simulator.exit_code is not None

    await wait_until(has_ended, math.inf, every_seconds=_WATCH_SECONDS)
    code = server.exit_code
    if code is not None:
        terminal.say(f"The server ended by itself with code {code}.")
        return code if code >= 0 else 128 - code
    if simulator.exit_code is not None:
        log_path = simulator.log_path
        terminal.say(f"The simulated Hummingbot API ended by itself; its log is {log_path}.")
        return 1
    terminal.say(f"PostgreSQL ended by itself; its log is {cluster and cluster.log_path}.")
    return 1


async def _start_postgres(
    settings: Settings, data_dir: Path, terminal: Terminal, stack: AsyncExitStack
) -> EmbeddedCluster:
    binaries = locate(Path(settings.pg_bin) if settings.pg_bin else None)
    cluster = EmbeddedCluster(data_dir / "postgres", binaries=binaries)
    with terminal.step(f"Starting PostgreSQL {binaries.version} ({binaries.source})"):
        await stack.enter_async_context(cluster)
        await ensure_database(cluster)
    return cluster

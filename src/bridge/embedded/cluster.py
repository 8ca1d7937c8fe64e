"""Starts, watches and stops one PostgreSQL server on a folder of its own.

Two locks guard the folder. ``supervisor.lock`` is held by the process that owns the server. The
file of ``server.lock`` is inherited by PostgreSQL, so it stays locked for as long as any process
of a server is alive, also when its supervisor was killed: whoever holds both may write.
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

import asyncpg

from bridge.embedded.binaries import Binaries
from bridge.embedded.data import SUPERUSER, check_version, initialise, last_lines
from bridge.embedded.launch import Launcher
from bridge.embedded.locks import FolderLock
from bridge.embedded.processes import POLL_SECONDS, command_line, end, exists, wait_until
from bridge.embedded.programs import choose_programs
from bridge.embedded.sockets import PORT, make_socket_dir, remove_socket_dir
from bridge.errors import ConfigurationError

_READY_TIMEOUT_SECONDS: Final = 120.0  # recovery after a crash may take its time
_CONNECT_TIMEOUT_SECONDS: Final = 5.0
_RELEASE_TIMEOUT_SECONDS: Final = 15.0
_STOP_STEPS: Final = (  # fast, immediate, and what no process can refuse
    (signal.SIGINT, 20.0),
    (signal.SIGQUIT, 8.0),
    (signal.SIGKILL, 5.0),
)
_CRASH_UNSAFE: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedCluster:
    """One PostgreSQL server, reached only by a Unix socket that only its user can open.

    Every connection is trusted: the socket lies in a folder of mode 0700, which asks the kernel the
    same question as peer authentication would, and works where uids are mapped.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        binaries: Binaries,
        durable: bool = True,
        launchers: Sequence[Launcher] | None = None,
    ) -> None:
        """Say what to run; nothing is touched before `start`.

        Args:
            data_dir: A folder for this server alone; made with its parents, mode 0700.
            binaries: The programs.
            durable: False trades what a crash of the machine would lose for speed: tests.
            launchers: Ways to run the programs, best first; None finds them.
        """
        self._data_dir = data_dir.resolve()
        self._binaries = binaries
        self._durable = durable
        self._launchers = launchers
        self._supervisor = FolderLock(self._data_dir / "supervisor.lock")
        self._guard = FolderLock(self._data_dir / "server.lock")
        self._process: subprocess.Popen[bytes] | None = None
        self._socket_dir: Path | None = None

    @property
    def log_path(self) -> Path:
        """Return the server's log of this run; the one before lies beside it as ``.1``."""
        return self._data_dir / "postgres.log"

    @property
    def process_id(self) -> int:
        """Return the server's process id; only while it runs."""
        if self._process is None:
            message = "the server does not run"
            raise RuntimeError(message)
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Say whether the server ended without having been asked to."""
        return self._process is not None and self._process.poll() is not None

    def dsn(self, database: str = "bridge") -> str:
        """Return the URL of a database; only while the server runs."""
        if self._socket_dir is None:
            message = "the server does not run"
            raise RuntimeError(message)
        host = quote(str(self._socket_dir), safe="/")
        return f"postgresql://{SUPERUSER}@/{quote(database)}?host={host}&port={PORT}"

    async def __aenter__(self) -> Self:
        """Start it."""
        await self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop it."""
        await self.stop()

    async def start(self) -> None:
        """Make the data when there are none, start the server, and return when it answers.

        A server that an earlier, killed supervisor left on the same data is stopped first. Call it
        on the main thread (see `Launcher.spawn`).

        Raises:
            ConfigurationError: Somebody else uses the folder, the data are of another version, or
                the server did not start; the sentence says what to do.
        """
        self._data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._supervisor.acquire():
            message = (
                f"{self._data_dir} is in use by another process"
                f" ({self._supervisor.read_signature()}): stop that one, or set BRIDGE_DATA_DIR to"
                " another folder."
            )
            raise ConfigurationError(message)
        try:
            self._supervisor.sign()
            await self._start_locked()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop what `start` started and leave nothing but the data; may be called at any time."""
        process = self._process
        if process is not None:
            await end(process.send_signal, lambda: process.poll() is not None, _STOP_STEPS)
            self._process = None
        self._socket_dir = None
        if self._guard.is_held:
            remove_socket_dir(self._data_dir)
        self._guard.release()
        self._supervisor.release()

    @property
    def _pgdata(self) -> Path:
        return self._data_dir / "pgdata"

    async def _start_locked(self) -> None:
        await self._evict()
        if self.log_path.exists():
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
        self.log_path.touch(mode=0o600)
        programs = choose_programs(self._data_dir, self._binaries, self._launchers)
        if not self._pgdata.exists():
            await initialise(
                self._pgdata,
                programs,
                log=self.log_path,
                guard=self._guard.fd,
                durable=self._durable,
            )
        check_version(self._pgdata, self._binaries)
        self._socket_dir = make_socket_dir(self._data_dir, programs.launcher)
        self._process = programs.spawn(
            "postgres",
            *("-D", str(self._pgdata), *self._settings(self._socket_dir)),
            log=self.log_path,
            guard=self._guard.fd,
        )
        await self._wait_until_ready(self._process)

    async def _evict(self) -> None:
        """Take `server.lock`, after stopping the server that a killed supervisor left behind.

        Raises:
            ConfigurationError: It is held by something that we do not see (another container) or
                may not stop.
        """
        pid = self._recorded_pid()
        if pid is not None:
            await end(
                lambda number: os.kill(pid, number), lambda: not self._is_ours(pid), _STOP_STEPS
            )
        if not await wait_until(self._guard.acquire, _RELEASE_TIMEOUT_SECONDS):
            message = (
                f"A PostgreSQL (process {pid or 'unknown'}, perhaps in another container) still"
                f" uses {self._pgdata}: stop it first."
            )
            raise ConfigurationError(message)
        if pid is not None and exists(pid):
            # Somebody else's process by now, or a dead one that nobody has buried: PostgreSQL asks
            # no more than whether the number is taken, and would refuse to start.
            (self._pgdata / "postmaster.pid").unlink(missing_ok=True)

    def _recorded_pid(self) -> int | None:
        try:
            first = (self._pgdata / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0]
        except FileNotFoundError:
            return None
        return int(first) if first.isdigit() else None

    def _is_ours(self, pid: int) -> bool:
        return f"/postgres -D {self._pgdata} -c " in command_line(pid)

    def _settings(self, socket_dir: Path) -> list[str]:
        escaped = str(socket_dir).replace('"', '""')
        settings = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": f'"{escaped}"',
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **({} if self._durable else _CRASH_UNSAFE),
        }
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    async def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = asyncio.get_running_loop().time() + _READY_TIMEOUT_SECONDS
        while not await self._answers():
            if process.poll() is not None:
                reason = f"ended with code {process.returncode}"
            elif asyncio.get_running_loop().time() >= deadline:
                reason = f"gave no answer for {_READY_TIMEOUT_SECONDS:.0f} s"
            else:
                await asyncio.sleep(POLL_SECONDS)
                continue
            message = (
                f"PostgreSQL {reason}; its log {self.log_path} ends:\n{last_lines(self.log_path)}"
            )
            raise ConfigurationError(message)

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(
                self.dsn("postgres"), timeout=_CONNECT_TIMEOUT_SECONDS
            )
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
            return False
        await connection.close(timeout=_CONNECT_TIMEOUT_SECONDS)
        return True


async def ensure_database(cluster: EmbeddedCluster) -> None:
    """Make the database ``bridge`` when the server has none."""
    connection = await asyncpg.connect(cluster.dsn("postgres"), timeout=_CONNECT_TIMEOUT_SECONDS)
    try:
        await connection.execute("CREATE DATABASE bridge")
    except asyncpg.DuplicateDatabaseError:
        pass
    finally:
        await connection.close()

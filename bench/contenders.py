"""Everything that is polled: the bridge, what could be at best, and its peers in other stacks.

Each is started once, has the servers' core to itself while it is loaded, and is shown to answer
what the bridge answers before it is measured.
"""

import asyncio
import re
import shutil
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import msgspec
from bench.bare import ANSWER_VARIABLE, Answer
from bench.load import Load, LoadError, Round
from bench.scratch import libpq_variables
from bench.servers import Served, free_port, running, served
from bench.workshop import FASTIFY, GO, PEERS, PYTHON, MissingError, make

Kind = Literal["bridge", "limit", "peer"]
_PGBENCH_CLIENTS: Final = 16
_SBIN: Final = "/usr/sbin"  # not on everybody's PATH


@dataclass(frozen=True, slots=True)
class Contender:
    """One that is measured.

    Attributes:
        name: In the JSON.
        label: For people.
        run: Makes a round of so many seconds.
        port: Where it listens; None for what is no server.
    """

    name: str
    label: str
    kind: Kind
    run: Callable[[int], Awaitable[Round]]
    port: int | None


def polled(name: str, label: str, kind: Kind, load: Load, port: int) -> Contender:
    """Return a server that wrk loads."""

    async def run(seconds: int) -> Round:
        try:
            return await load.run(port, seconds)
        except LoadError as exc:
            raise LoadError(f"{label}: {exc}") from exc

    return Contender(name, label, kind, run, port)


@asynccontextmanager
async def bare(answer: Answer, prefix: tuple[str, ...]) -> AsyncGenerator[Served]:
    """Serve one answer with the bridge's server and nothing else; yield where."""
    with tempfile.NamedTemporaryFile(prefix="bridge-bench-") as file:
        file.write(msgspec.json.encode(answer))
        file.flush()
        environment = {ANSWER_VARIABLE: file.name}
        async with served("-m", "bench.bare", environment=environment, prefix=prefix) as server:
            yield server


@asynccontextmanager
async def nginx(body: bytes, prefix: tuple[str, ...]) -> AsyncGenerator[int]:
    """Serve a static file of these bytes by one worker of nginx; yield the port.

    Raises:
        MissingError: There is no nginx.
    """
    program = shutil.which("nginx") or shutil.which("nginx", path=_SBIN)
    if program is None:
        raise MissingError("needs Debian's package nginx-light")
    with tempfile.TemporaryDirectory(prefix="bridge-bench-") as folder:
        port = free_port()
        config = _site(Path(folder), body, port)
        words = (program, "-p", folder, "-e", "stderr", "-c", str(config))
        async with running(*prefix, *words, environment={}, port=port) as server:
            yield server.port


def _site(folder: Path, body: bytes, port: int) -> Path:
    """Lay out what nginx serves, for a worker of any user; return its configuration."""
    folder.chmod(0o755)
    (folder / "bots").write_bytes(body)
    text = (PEERS / "nginx.conf").read_text("utf-8")
    config = folder / "nginx.conf"
    config.write_text(text.replace("{port}", str(port)).replace("{folder}", str(folder)), "utf-8")
    return config


@dataclass(frozen=True, slots=True)
class Peer:
    """A service in another stack.

    Attributes:
        start: Words that run it, of where its recipe lies.
    """

    name: str
    label: str
    start: Callable[[int], Awaitable[tuple[str, ...]]]


async def _go(_port: int) -> tuple[str, ...]:
    return (str(await make(GO) / "peer"),)


async def _fastify(_port: int) -> tuple[str, ...]:
    if (node := shutil.which("node")) is None:
        raise MissingError(f"needs {FASTIFY.needs}")
    return node, str(await make(FASTIFY) / "server.mjs")


def _uvicorn(name: str) -> Callable[[int], Awaitable[tuple[str, ...]]]:
    async def start(port: int) -> tuple[str, ...]:
        python = str(await make(PYTHON) / "venv/bin/python")
        return (
            *(python, "-m", "uvicorn", "app:app", "--app-dir", str(PEERS / name)),
            *("--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
            *("--loop", "uvloop", "--http", "httptools", "--log-level", "error"),
            "--no-access-log",
        )

    return start


PEERS_TO_MEET: Final = (
    Peer("go", "Go net/http + pgx v4", _go),
    Peer("fastify", "Fastify + postgres.js", _fastify),
    Peer("fastapi_asyncpg", "FastAPI + asyncpg + orjson", _uvicorn("fastapi_asyncpg")),
    Peer("fastapi_sync", "FastAPI + SQLAlchemy + psycopg2", _uvicorn("fastapi_sync")),
)


@asynccontextmanager
async def met(
    peer: Peer, url: str, variables: Mapping[str, str], prefix: tuple[str, ...]
) -> AsyncGenerator[int]:
    """Run a peer on the bridge's database; yield the port.

    Args:
        peer: Which.
        url: The database.
        variables: Its key and origin.
        prefix: What keeps it on its core.

    Raises:
        MissingError: It cannot be had here.
    """
    port = free_port()
    environment = {**libpq_variables(url), **variables, "PORT": str(port), "TZ": "UTC"}
    words = await peer.start(port)
    async with running(*prefix, *words, environment=environment, port=port) as server:
        yield server.port


def pgbench(url: str, statement: str, prefix: tuple[str, ...]) -> Contender:
    """Return the query alone, without any server: as often as a client in C can ask it.

    Args:
        url: The database.
        statement: In pgbench's own language.
        prefix: It sits where the servers sit.

    Raises:
        MissingError: There is no pgbench.
    """
    program = shutil.which("pgbench")
    if program is None:
        raise MissingError("needs Debian's package postgresql-contrib, or postgresql-15")

    async def run(seconds: int) -> Round:
        with tempfile.NamedTemporaryFile("w", prefix="bridge-bench-", suffix=".sql") as file:
            file.write(statement)
            file.flush()
            process = await asyncio.create_subprocess_exec(
                *(*prefix, program, "--no-vacuum", "--protocol", "prepared", "--jobs", "1"),
                *("--client", str(_PGBENCH_CLIENTS), "--time", str(seconds), "--file", file.name),
                env={**libpq_variables(url), "PATH": "/usr/bin:/bin"},
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            output = (await process.communicate())[0].decode()
        found = re.search(r"^tps = ([\d.]+)", output, re.MULTILINE)
        if process.returncode or found is None:
            raise LoadError(f"pgbench ended with code {process.returncode}:\n{output}")
        return Round(requests_per_second=round(float(found[1]), 1), p50_ms=None, p99_ms=None)

    label = f"pgbench, the query alone, {_PGBENCH_CLIENTS} clients"
    return Contender("pgbench", label, "limit", run, None)

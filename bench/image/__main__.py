"""``make image-test``: builds the image and runs it as an orchestrator would, without Docker.

Root on Debian or Ubuntu. The base image is made by debootstrap, the image built by buildah, and
the containers run in namespaces of their own. What is made lies in one temporary folder, and goes.
"""

import asyncio
import os
import secrets
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from bench.image.checks import (
    Expectation,
    check_contents,
    check_curl_steps,
    check_identity,
    check_migration,
    check_refusal,
    check_stop,
)
from bench.image.container import Container, difference, files_of
from bench.image.engine import Engine, Image, remove_folder
from bench.image.packages import install_packages
from bench.image.pip_settings import share_pip_settings

from bridge.db.revisions import head_revision
from bridge.dev_terminal import Terminal
from bridge.embedded.binaries import locate
from bridge.embedded.cluster import EmbeddedCluster, ensure_database

CHECKOUT: Final = Path(__file__).parents[2]
_READY_SECONDS: Final = 30.0


async def build_and_run(folder: Path, terminal: Terminal) -> None:
    """Build in ``folder``, run, and check.

    Raises:
        Expectation: The image does not do what it should; the sentence says what.
    """
    engine = Engine(folder)
    with terminal.step("Making a base image of Debian 12 with its Python"):
        await engine.make_base()
    with terminal.step("Building the image from the Dockerfile"):
        image = await engine.build(CHECKOUT, share_pip_settings(folder))
    terminal.say(f"  {check_contents(image)}")
    async with _database(folder) as database_url:
        await _run(engine, image, database_url, terminal)


async def _run(engine: Engine, image: Image, database_url: str, terminal: Terminal) -> None:
    environment = {
        "DATABASE_URL": database_url,
        "BRIDGE_ADMIN_KEY": secrets.token_hex(24),
        "PORT": str(_free_port()),
    }
    with terminal.step("bridge migrate, run by buildah"):
        said = await engine.run_in(image, environment, "bridge", "migrate")
        check_migration(said, head_revision())
    before = files_of(image.root)
    with terminal.step("bridge migrate again, on a writable root"):
        again = Container(image, environment, "migrate", read_only=False)
        check_migration(await again.output(), head_revision())
    _same_files(before, image, terminal)
    with terminal.step("bridge serve that is open to the network is refused"):
        is_open = {**environment, "BRIDGE_AUTH": "open"}
        await check_refusal(Container(image, is_open, read_only=True))
    async with Container(image, environment, read_only=True) as server:
        with terminal.step("bridge serve on a read-only root: the curl steps, by IPv4 and IPv6"):
            await check_curl_steps(environment, server, _READY_SECONDS)
        terminal.say(f"  {check_identity(server)}")
        with terminal.step("TERM"):
            terminal.say(f"  {await check_stop(server)}")
    _same_files(before, image, terminal)


def _same_files(before: dict[str, tuple[int, ...]], image: Image, terminal: Terminal) -> None:
    changed = difference(before, files_of(image.root))
    if changed:
        raise Expectation(f"Written outside /tmp: {', '.join(changed[:10])}")
    terminal.say(f"  {len(before)} files and folders outside /tmp are as they were")


@asynccontextmanager
async def _database(folder: Path) -> AsyncGenerator[str]:
    """Start a PostgreSQL and yield its URL by TCP: containers cannot enter its socket's folder."""
    async with EmbeddedCluster(folder / "postgres", binaries=locate(), durable=False) as cluster:
        await ensure_database(cluster)
        url = urlsplit(cluster.dsn())
        place = parse_qs(url.query)
        socket_path = f"{place['host'][0]}/.s.PGSQL.{place['port'][0]}"

        async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            to_reader, to_writer = await asyncio.open_unix_connection(socket_path)
            await asyncio.gather(_pipe(reader, to_writer), _pipe(to_reader, writer))

        async with await asyncio.start_server(join, "127.0.0.1", 0) as forwarder:
            port: int = forwarder.sockets[0].getsockname()[1]
            yield f"postgresql://{url.username}@127.0.0.1:{port}/bridge"


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="bridge-image-"))
    folder.chmod(0o755)  # PostgreSQL may run as another user
    return folder


def _free_port() -> int:
    with socket.create_server(("::", 0), family=socket.AF_INET6) as probe:
        return int(probe.getsockname()[1])


async def main() -> int:
    """Run the test; 0 when the image is right."""
    terminal = Terminal()
    if os.geteuid() != 0:
        terminal.say(
            "make image-test mounts and changes users: run it as root, on Debian or Ubuntu."
        )
        return 1
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await install_packages(terminal)
    folder = _folder()
    try:
        await build_and_run(folder, terminal)
    except Expectation as failed:
        terminal.say(f"FAILED: {failed}")
        return 1
    finally:
        remove_folder(folder)
    terminal.say("The image is right.")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

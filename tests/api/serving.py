"""The real server inside the test's process: granian on a free port of loopback."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from bridge.app import create_app
from bridge.live.front import Front
from bridge.settings import Settings

LOOPBACK: Final = "127.0.0.1"
_POLL_SECONDS: Final = 0.002


@asynccontextmanager
async def serving(settings: Settings, front: Front | None = None) -> AsyncGenerator[int]:
    """Serve the application until the block ends; yields the port.

    Args:
        settings: What to serve.
        front: The application made of them, if the caller keeps it.
    """
    with reserved_port() as port:
        server = Server(
            (front or create_app(settings)).app,
            address=LOOPBACK,
            port=port,
            interface=Interfaces.ASGI,
            http=HTTPModes.http1,
            websockets=False,
            log_enabled=False,
        )
        task = asyncio.create_task(server.serve())
        try:
            await _until_listening(port, task)
            yield port
        finally:
            server.stop()
            await task


@contextmanager
def reserved_port() -> Generator[int]:
    """Hold a free port, so that no other process is given it before the server has bound it.

    The server binds with SO_REUSEPORT, so two servers on one port would go unnoticed.
    """
    with socket.socket() as holder:
        holder.bind((LOOPBACK, 0))
        # Set after binding: the port was nobody's, and now the server may share it.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        yield int(holder.getsockname()[1])


async def _until_listening(port: int, task: "asyncio.Task[None]") -> None:
    while True:
        if task.done():
            await task
            message = "the server ended before it listened"
            raise AssertionError(message)
        try:
            _, writer = await asyncio.open_connection(LOOPBACK, port)
        except ConnectionRefusedError:
            await asyncio.sleep(_POLL_SECONDS)
            continue
        writer.close()
        await writer.wait_closed()
        return

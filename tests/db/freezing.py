"""A relay before PostgreSQL that can stop passing bytes on while its connections stay open."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bridge.db.dsn import parse_database_url


class FreezingRelay:
    """What a firewall that forgets connections does.

    Attributes:
        url: Where a client connects instead.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._passing = asyncio.Event()
        self._passing.set()

    @property
    def gate(self) -> asyncio.Event:
        """Return what lets bytes pass for a connection that is made now."""
        return self._passing

    def freeze(self) -> None:
        """Hold all bytes back, of new connections too."""
        self._passing.clear()

    def let_new_ones_pass(self) -> None:
        """Leave the frozen connections as they are, for good."""
        self._passing = asyncio.Event()
        self._passing.set()


@asynccontextmanager
async def freezing(database_url: str) -> AsyncGenerator[FreezingRelay]:
    """Listen until the block ends."""
    dsn = parse_database_url(database_url)
    host = dsn.hosts[0]
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gate = relay.gate
        if host.name.startswith("/"):
            there = await asyncio.open_unix_connection(f"{host.name}/.s.PGSQL.{host.port}")
        else:
            there = await asyncio.open_connection(host.name, host.port)
        tasks.add(asyncio.create_task(_pump(reader, there[1], gate)))
        tasks.add(asyncio.create_task(_pump(there[0], writer, gate)))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    login = dsn.user if dsn.password is None else f"{dsn.user}:{dsn.password}"
    relay = FreezingRelay(f"postgresql://{login}@127.0.0.1:{port}/{dsn.database}?sslmode=disable")
    async with server:
        yield relay
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: asyncio.Event
) -> None:
    try:
        while chunk := await reader.read(65_536):
            await gate.wait()
            writer.write(chunk)
            await writer.drain()
    finally:
        writer.close()

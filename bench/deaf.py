"""A way to PostgreSQL on which every notification is lost, and nothing else.

It stands between a server and its database and leaves out the messages of type ``A``
(NotificationResponse, https://www.postgresql.org/docs/current/protocol-message-formats.html).
"""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final
from urllib.parse import quote

from bridge.db.dsn import Dsn, parse_database_url

_NOTIFICATION: Final = ord("A")
_HEAD: Final = 5  # type, and a length that counts itself but not the type
_CHUNK: Final = 65_536


class Deaf:
    """What became of the notifications.

    Attributes:
        url: Where the database is reached on this way.
        dropped: How many were lost up to now.
    """

    def __init__(self, dsn: Dsn) -> None:
        self._dsn = dsn
        self.url = ""
        self.dropped = 0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Join one client with the database until either ends."""
        async with AsyncExitStack() as stack:
            stack.callback(writer.close)
            host = self._dsn.hosts[0]
            if host.name.startswith("/"):
                there = await asyncio.open_unix_connection(str(host))
            else:
                there = await asyncio.open_connection(host.name, host.port)
            stack.callback(there[1].close)
            with suppress(OSError, asyncio.IncompleteReadError):
                await _first_ended(_copy(reader, there[1]), self._filter(there[0], writer))

    async def _filter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readexactly(_HEAD)
            body = await reader.readexactly(int.from_bytes(head[1:]) - _HEAD + 1)
            if head[0] == _NOTIFICATION:
                self.dropped += 1
                continue
            writer.write(head + body)
            await writer.drain()


@asynccontextmanager
async def deaf(url: str) -> AsyncGenerator[Deaf]:
    """Open such a way to a database; it must not speak TLS."""
    dsn = parse_database_url(url)
    way = Deaf(dsn)
    server = await asyncio.start_server(way.carry, "127.0.0.1", 0)
    port = int(server.sockets[0].getsockname()[1])
    secret = "" if dsn.password is None else f":{quote(dsn.password, safe='')}"
    login = f"{quote(dsn.user, safe='')}{secret}"
    database = quote(dsn.database, safe="")
    way.url = f"postgresql://{login}@127.0.0.1:{port}/{database}?sslmode=disable"
    try:
        yield way
    finally:
        server.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()


async def _first_ended(*ways: Coroutine[object, object, None]) -> None:
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()

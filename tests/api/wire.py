"""A relay before PostgreSQL that writes down every statement the application sends.

It reads the protocol (https://www.postgresql.org/docs/current/protocol-message-formats.html), so
it sees what really crosses the wire, whatever the driver does.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from bridge.db.dsn import Dsn, parse_database_url

_SSL_REQUEST: Final = 80_877_103


class Relay:
    """Passes bytes both ways.

    Attributes:
        statements: The texts that were run, in order.
        url: Where the application connects instead.
    """

    def __init__(self, dsn: Dsn, port: int) -> None:
        self.statements: list[str] = []
        login = dsn.user if dsn.password is None else f"{dsn.user}:{dsn.password}"
        self.url = f"postgresql://{login}@127.0.0.1:{port}/{dsn.database}?sslmode=disable"


@asynccontextmanager
async def relaying(database_url: str) -> AsyncGenerator[Relay]:
    """Listen until the block ends."""
    dsn = parse_database_url(database_url)
    host = dsn.hosts[0]
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        if host.name.startswith("/"):
            upstream = await asyncio.open_unix_connection(f"{host.name}/.s.PGSQL.{host.port}")
        else:
            upstream = await asyncio.open_connection(host.name, host.port)
        await _relay(relay, (reader, writer), upstream)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    relay = Relay(dsn, server.sockets[0].getsockname()[1])
    async with server:
        yield relay
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


_Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _relay(relay: Relay, application: _Stream, upstream: _Stream) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_to_upstream(relay, application[0], upstream[1]))
            group.create_task(_to_application(upstream[0], application[1]))
    finally:
        upstream[1].close()
        application[1].close()


async def _to_application(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65_536):
        writer.write(chunk)
        await writer.drain()
    writer.close()


async def _to_upstream(
    relay: Relay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    prepared: dict[bytes, str] = {}
    bound: dict[bytes, bytes] = {}
    try:
        while True:
            head = await reader.readexactly(4)
            rest = await reader.readexactly(int.from_bytes(head) - 4)
            writer.write(head + rest)
            if int.from_bytes(rest[:4]) != _SSL_REQUEST:
                break
        while True:
            head = await reader.readexactly(5)
            rest = await reader.readexactly(int.from_bytes(head[1:]) - 4)
            _read(relay, head[:1], rest, prepared, bound)
            writer.write(head + rest)
            await writer.drain()
    except asyncio.IncompleteReadError:
        writer.close()


def _read(
    relay: Relay, kind: bytes, rest: bytes, prepared: dict[bytes, str], bound: dict[bytes, bytes]
) -> None:
    first, _, after = rest.partition(b"\0")
    second = after.partition(b"\0")[0]
    match kind:
        case b"Q":
            relay.statements.append(first.decode())
        case b"P":
            prepared[first] = second.decode()
        case b"B":
            bound[first] = second
        case b"E":
            relay.statements.append(prepared[bound[first]])
        case _:
            pass

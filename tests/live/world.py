"""One server under test, and what a test asks of it again and again."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from tests.api.calls import Answer, Api, ok
from tests.api.inputs import bot_body
from tests.api.stored import Stored
from tests.live.streams import Stream, opened

from bridge.live.reads import LiveReads

PATIENCE_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.005
_BUMP: Final = """
WITH bumped AS (
    INSERT INTO versions (account, version, tag, changed_at)
    VALUES ($1, 1, 'elsewher', clock_timestamp())
    ON CONFLICT ON CONSTRAINT versions_pkey DO UPDATE
        SET version = versions.version + 1, tag = excluded.tag, changed_at = clock_timestamp()
    RETURNING account, version, tag
)
SELECT CASE WHEN $2 THEN pg_notify('bridge', concat_ws(':', account, version, tag)) END
FROM bumped
"""

# JSON of any shape, as `Api` returns it.
Json = Any


class MakeWorld(Protocol):
    """Starts a server on the test's database."""

    def __call__(self, **environ: str) -> "Awaitable[World]":
        """Use these settings before the default ones; an empty value unsets a variable."""
        ...


async def until(ask: Callable[[], Awaitable[Json]], is_so: Callable[[Json], bool]) -> Json:
    """Ask again and again until the answer is as wanted, and return it."""
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while not is_so(found := await ask()):
        assert time.monotonic() < ends_at, f"still {found}"
        await asyncio.sleep(_POLL_SECONDS)
    return found


class World:
    """What a test works with.

    Attributes:
        api: The server.
        live: What answers polls and streams in it.
        stored: The database, past the server.
    """

    def __init__(self, api: Api, live: LiveReads, stored: Stored) -> None:
        self.api = api
        self.live = live
        self.stored = stored
        self._streams: list[Stream] = []

    async def close(self) -> None:
        """End what the test has left open."""
        for stream in self._streams:
            await stream.close()

    async def until_is(self, is_so: Callable[[], bool]) -> None:
        """Return when something about the server is so."""

        async def ask() -> bool:
            return is_so()

        await until(ask, bool)

    async def until_trusted(self) -> None:
        """Return when the server answers from memory."""
        await self.until_is(lambda: self.live.cache.is_trusted)

    async def stream(self, account: str | None = None, *, rest: str = "", **headers: str) -> Stream:
        """Open a stream; header names are given with ``_`` for ``-``."""
        query = "" if account is None else f"?account={account}"
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        stream = await opened(self.api.origin, f"/bots/stream{query}{rest}", sent)
        self._streams.append(stream)
        return stream

    async def poll(self, account: str | None = None, **headers: str) -> Answer:
        """Read a list of bots."""
        query = "" if account is None else f"?account={account}"
        return await self.api.get(f"/bots{query}", **headers)

    async def make_client(self, **overrides: object) -> str:
        """Create a client and return its account."""
        wanted = {"name": "Acme"} | overrides
        return str(ok(await self.api.post("/clients/create", wanted), 201)["account_identifier"])

    async def make_bot(self, account: str, **overrides: object) -> Json:
        """Create a bot."""
        wanted = bot_body(account=account, **overrides)
        return ok(await self.api.post("/bots/create", wanted), 201)

    async def rename(self, bot: Mapping[str, object], name: str) -> Json:
        """Change a bot through the server."""
        return ok(await self.api.put(f"/bots/{bot['id']}", {"name": name}))

    async def rename_elsewhere(
        self, bot: Mapping[str, object], name: str, *, hints: bool = True
    ) -> None:
        """Change a bot as another process would, in one transaction with its version."""
        async with self.stored.connection.transaction():
            await self.stored.connection.execute(
                "UPDATE bots SET name = $2 WHERE id = $1", bot["id"], name
            )
            await self.stored.connection.execute(_BUMP, bot["account"], hints)

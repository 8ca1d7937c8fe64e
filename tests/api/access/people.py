"""Somebody of each role, with a key of their own."""

import asyncio
from collections.abc import Awaitable
from typing import Final, Protocol

from tests.api.calls import Answer, Api, problem

from bridge.access.principal import Role
from bridge.db.dsn import parse_database_url
from bridge.keys import create_key

ADMIN_KEY: Final = "the-admin-key-of-these-tests-0123456789"
REQUIRED: Final = {"BRIDGE_AUTH": "required", "BRIDGE_ADMIN_KEY": ADMIN_KEY}


class Person:
    """Calls a server with one key or session; every call has the same request id."""

    def __init__(self, api: Api, token: str) -> None:
        self.api = api
        self.token = token

    @property
    def headers(self) -> dict[str, str]:
        """What is sent with every call."""
        return {"Authorization": f"Bearer {self.token}", "X-Request-ID": "same"}

    async def call(self, method: str, path: str, body: object = None) -> Answer:
        """Send a call, with a JSON body unless that is None."""
        if body is None:
            return await self.api.call(method, path, headers=self.headers)
        return await self.api.call(method, path, body, headers=self.headers)

    async def get(self, path: str) -> Answer:
        """Read."""
        return await self.call("GET", path)


class MakePerson(Protocol):
    """Makes somebody with a key."""

    def __call__(self, api: Api, role: Role, account: str | None = None) -> Awaitable[Person]:
        """Return somebody of this role who calls this server."""
        ...


async def make_key(database_url: str, role: Role, account: str | None = None) -> str:
    """Store a key, as ``bridge keys create`` does."""
    return await create_key(parse_database_url(database_url), role, f"some {role}", account)


async def until_unknown(person: Person) -> None:
    """Call until the server does not know the caller any more; the test's limit ends it."""
    while (answer := await person.get("/bots")).status == 200:  # noqa: ASYNC110 - it is a server
        await asyncio.sleep(0.02)
    problem(answer, 401, "not-authenticated")

"""Servers that ask who calls."""

import pytest
from tests.api.access.people import ADMIN_KEY, REQUIRED, MakePerson, Person, make_key
from tests.api.calls import Api
from tests.api.inputs import MakeServer

from bridge.access.principal import Role


@pytest.fixture
def make_person(api_database_url: str) -> MakePerson:
    """Makes somebody with a key of their own."""

    async def make_person(api: Api, role: Role, account: str | None = None) -> Person:
        return Person(api, await make_key(api_database_url, role, account))

    return make_person


@pytest.fixture
async def guarded(make_server: MakeServer) -> Api:
    """A server that asks for a key."""
    return await make_server(**REQUIRED)


@pytest.fixture
def admin(guarded: Api) -> Person:
    """The holder of the admin key."""
    return Person(guarded, ADMIN_KEY)

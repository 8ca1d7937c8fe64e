"""Polls that the front answers; with BRIDGE_TEST_FRONT=off there is nothing to test here."""

import os

import pytest
from tests.api.calls import Api, ok
from tests.api.inputs import Make, MakeServer

if os.environ.get("BRIDGE_TEST_FRONT") == "off":
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture
async def neighbour(make_server: MakeServer) -> Api:
    """Another server on the same database."""
    return await make_server()


@pytest.fixture
async def account(make_client: Make) -> str:
    """A client's account that has two bots."""
    return (await make_client())["account_identifier"]


@pytest.fixture
async def bot(make_bot: Make, account: str) -> dict[str, str]:
    """The newer bot of the account, with a config that makes the list worth compressing."""
    await make_bot(account=account)
    return await make_bot(account=account, name="The bot")


@pytest.fixture
async def path(api: Api, account: str, bot: dict[str, str]) -> str:
    """Where the account's bots are polled; not read yet."""
    del api, bot
    return f"/bots?account={account}"


async def changed(api: Api, bot: dict[str, str], name: str) -> None:
    """Have a bot called otherwise."""
    ok(await api.put(f"/bots/{bot['id']}", {"name": name}))

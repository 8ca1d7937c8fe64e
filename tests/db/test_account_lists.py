"""Lists that many ask for in the same moment: few statements, and each gets its own list."""

import asyncio
from uuid import UUID, uuid5

import asyncpg
import pytest
from tests.api.wire import relaying

from bridge.bots.lists import AccountLists
from bridge.db.dsn import parse_database_url
from bridge.db.pool import Database, Limits

_SPACE = UUID(int=7)
_ACCOUNTS = [f"desk-{number}" for number in range(40)]
_CLIENT = """
INSERT INTO clients (id, name, account_identifier) VALUES ($1, $2, $2)
"""
_BOT = """
INSERT INTO bots (id, client_id, account, instance_name, name, connector, pair, strategy, config)
VALUES ($1, $2, $3, $4, $4, 'bitmart', 'SHARP/USDT', 'spread', '{}')
"""


@pytest.fixture
async def expected(database_url: str) -> dict[str, list[str]]:
    """The names of each account's bots: none, one or two."""
    connection = await asyncpg.connect(database_url)
    made = {
        account: [f"{account} bot {n}" for n in range(number % 3)]
        for number, account in enumerate(_ACCOUNTS)
    }
    for account, bots in made.items():
        client = uuid5(_SPACE, account)
        await connection.execute(_CLIENT, client, account)
        for name in bots:
            await connection.execute(_BOT, uuid5(_SPACE, name), client, account, name)
    await connection.close()
    return made


async def test_lists_that_are_asked_for_in_the_same_moment_take_few_statements(
    database_url: str, expected: dict[str, list[str]]
) -> None:
    async with relaying(database_url) as relay:
        limits = Limits(connections=10, acquire_seconds=5, statement_seconds=10)
        database = Database(parse_database_url(relay.url), limits)
        await database.open()
        lists = AccountLists(database)
        await lists.first_page("desk-0")
        relay.statements.clear()

        found = await asyncio.gather(*(lists.first_page(account) for account in expected))
        statements = len(relay.statements)
        await database.close()

    shown = [sorted(row.name for row in rows if row.is_bot) for rows in found]
    assert shown == [sorted(names) for names in expected.values()]
    # Six at once as they come, and the rest by sixteens at most.
    assert 6 + 3 <= statements < 20

"""First pages of accounts' lists, read for all who ask in the same moment by one statement.

After a restart, or a change that everybody follows, thousands ask for lists of their own. A
statement of its own for each would cost more than its rows: a turn at the pool, a way to
PostgreSQL and back.
"""

from collections.abc import Mapping
from typing import Final

from bridge.bots.repository import BotRepository
from bridge.bots.structs import AccountBotRow
from bridge.db.pool import Database
from bridge.db.together import Together
from bridge.pages import Page

FIRST_PAGE: Final = Page()
# Of a thousand bots each, they still hold up nobody for long.
_MOST_TOGETHER: Final = 16
# Fewer than the connections of a pool; more than the readings for followers.
_AT_ONCE: Final = 6


class AccountLists:
    """First pages, each as it is when it is asked for or later."""

    def __init__(self, database: Database) -> None:
        self._stored = BotRepository(database)
        self._together = Together(self._read, most=_MOST_TOGETHER, at_once=_AT_ONCE, rest_seconds=0)

    async def first_page(self, account: str) -> list[AccountBotRow]:
        """Return up to a row more than the page holds, oldest first; never no row.

        Args:
            account: Any text that PostgreSQL can store; one that it cannot fails for all who ask.

        Raises:
            DatabaseUnavailableError: Nothing can be read.
        """
        rows = await self._together.find(account)
        if rows is None:
            raise AssertionError  # the statement has a row for each account
        return rows

    async def _read(self, accounts: list[str]) -> Mapping[str, list[AccountBotRow]]:
        return await self._stored.list_by_account(accounts, None, FIRST_PAGE)

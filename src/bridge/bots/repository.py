"""Bot definitions in PostgreSQL; knows nothing about what runs upstream."""

from collections.abc import Mapping
from itertools import groupby
from operator import attrgetter
from typing import Final
from uuid import UUID

import msgspec

from bridge.bots.structs import AccountBotRow, BotRow
from bridge.db.rows import Executor, constraint_errors, fetch_all, fetch_one
from bridge.db.sql import load
from bridge.errors import BridgeError, UnknownAccountError
from bridge.lifecycle.states import KnownState
from bridge.pages import Page

# The client may be deleted between the statement's look at it and the row's insertion.
ERRORS_BY_CONSTRAINT: Mapping[str, type[BridgeError]] = {
    "bots_client_id_account_fkey": UnknownAccountError,
}


class NewBot(msgspec.Struct, frozen=True, kw_only=True):
    """What `BotRepository.insert` stores, checked and folded already."""

    id: UUID
    account: str
    instance_name: str
    name: str
    connector: str
    pair: str
    strategy: str
    config: str


class BotRepository:
    """Bot definitions as stored."""

    FIND_BY_ID: Final = load("bots/find_by_id")
    LIST_BY_ACCOUNT: Final = load("bots/list_by_account")
    LIST_ALL: Final = load("bots/list_all")
    INSERT: Final = load("bots/insert")
    UPDATE_DEFINITION: Final = load("bots/update_definition")

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def find_by_id(self, bot_id: UUID, account: str | None = None) -> BotRow | None:
        """Return one bot, or None; with an account also when it is another's."""
        return await fetch_one(self._db, BotRow, self.FIND_BY_ID, bot_id, account)

    async def list_by_account(
        self, accounts: list[str], states: list[KnownState] | None, page: Page
    ) -> dict[str, list[AccountBotRow]]:
        """Return up to ``page.rows_wanted`` bots of each account, oldest first; never no row."""
        place = (page.after_created_at, page.after_id, page.rows_wanted)
        statement = self.LIST_BY_ACCOUNT
        rows = await fetch_all(self._db, AccountBotRow, statement, accounts, states, *place)
        return {account: list(theirs) for account, theirs in groupby(rows, attrgetter("asked_for"))}

    async def list_all(self, states: list[KnownState] | None, page: Page) -> list[BotRow]:
        """Return up to ``page.rows_wanted`` bots of all accounts, oldest first."""
        place = (page.after_created_at, page.after_id, page.rows_wanted)
        return await fetch_all(self._db, BotRow, self.LIST_ALL, states, *place)

    async def insert(self, bot: NewBot) -> bool:
        """Store a stopped bot; False when no client has its account, or none has it any more."""
        try:
            with constraint_errors(ERRORS_BY_CONSTRAINT):
                found = await self._db.fetchrow(self.INSERT, *msgspec.structs.astuple(bot))
        except UnknownAccountError:
            return False
        return found is not None

    async def update_definition(self, bot_id: UUID, name: str, config: str, revision: int) -> bool:
        """Write what comes after ``revision``; False when that is not the stored one any more."""
        found = await self._db.fetchrow(self.UPDATE_DEFINITION, bot_id, name, config, revision)
        return found is not None

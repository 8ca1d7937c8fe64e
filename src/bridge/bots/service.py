"""Use cases of bots: checked definitions, each change one transaction with its event."""

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeAlias, TypeVar
from uuid import UUID, uuid4

import msgspec
from msgspec import UNSET

from bridge.access.caller import Caller
from bridge.audit.changes import Change, ChangeLog
from bridge.bots.lists import FIRST_PAGE, AccountLists
from bridge.bots.markets import Definition, passthrough_faults
from bridge.bots.pairs import parse_pair
from bridge.bots.repository import BotRepository, NewBot
from bridge.bots.strategies import check_config, check_strategy
from bridge.bots.structs import (
    BotChange,
    BotCreate,
    BotList,
    BotRow,
    BotView,
    Config,
    Status,
)
from bridge.bots.views import bot_view
from bridge.connectors.names import fold_name
from bridge.db.failures import Connection
from bridge.db.pool import Database
from bridge.errors import (
    BeingDeletedError,
    BotNotFoundError,
    FieldError,
    RevisionMovedError,
    RuleError,
    UnknownAccountError,
)
from bridge.idempotency.writes import CREATED, Writes
from bridge.lifecycle.answers import known_states_of
from bridge.lifecycle.sight import Seen
from bridge.lifecycle.states import KnownState
from bridge.pages import Page, next_cursor, parse_page
from bridge.text import check_text, text_problem

T = TypeVar("T")
States: TypeAlias = "list[KnownState] | None"

_INSTANCE_HEX = 12


class Edition(NamedTuple):
    """A list of bots as one version has it.

    Attributes:
        version: The account's; 0 when nothing was ever written about it, and for all bots.
        tag: Tells this version from one of the same number in another history.
        seen: How the upstream was seen when the states were aged; None when all bots are none.
    """

    bots: BotList
    version: int
    tag: str
    seen: Seen | None


class Looked(NamedTuple, Generic[T]):
    """What is answered, and beside it how old the last look at the upstream is.

    Attributes:
        age_seconds: None when there never was a look.
    """

    answer: T
    age_seconds: float | None


class BotService:
    """Bot definitions."""

    def __init__(
        self, database: Database, writes: Writes, changes: ChangeLog, speed: float = 1.0
    ) -> None:
        self._database = database
        self._writes = writes
        self._changes = changes
        self._speed = speed
        self._lists = AccountLists(database)

    async def list(
        self, account: str | None, status: Status | None, limit: int | None, cursor: str | None
    ) -> Looked[BotList]:
        """Return a page of an account's bots, or of all, oldest first; unknown accounts have none.

        Raises:
            RuleError: The limit or the cursor is wrong, or no account can have this name.
        """
        page = parse_page(limit, cursor)
        if problem := text_problem(account or ""):
            raise RuleError(FieldError("account", problem))
        states = None if status is None else known_states_of(status)
        edition = await self._edition(account, states, page)
        return Looked(edition.bots, None if edition.seen is None else _look_age(edition.seen))

    async def edition(self, account: str | None) -> Edition:
        """Return the first page of an account's bots, or of all, and which version it is."""
        return await self._edition(account, None, FIRST_PAGE)

    async def _edition(self, account: str | None, states: States, page: Page) -> Edition:
        stored = BotRepository(self._database)
        if account is None:
            all_rows = await stored.list_all(states, page)
            return Edition(self._listed(page, all_rows), 0, "", next(iter(all_rows), None))
        if states is None and page == FIRST_PAGE:
            rows = await self._lists.first_page(account)
        else:
            rows = (await stored.list_by_account([account], states, page))[account]
        head = rows[0]
        bots = [row for row in rows if row.is_bot]
        return Edition(self._listed(page, bots), head.version or 0, head.tag or "", head)

    def _listed(self, page: Page, rows: Sequence[BotRow]) -> BotList:
        return BotList(
            bots=[self._view(row) for row in rows[: page.limit]],
            next_cursor=next_cursor(page, rows),
        )

    async def get(self, bot_id: UUID, account: str | None = None) -> Looked[BotView]:
        """Return one bot; with an account only when it is that one's.

        Raises:
            BotNotFoundError: There is none of this id.
        """
        row = _found(await BotRepository(self._database).find_by_id(bot_id, account))
        return Looked(self._view(row), _look_age(row))

    async def create(self, wanted: BotCreate, caller: Caller) -> BotView:
        """Store a stopped bot.

        Raises:
            RuleError: Pair, strategy or config is wrong, or no client has the account.
        """
        bot = _checked(wanted)

        async def work(connection: Connection) -> BotView:
            bots = BotRepository(connection)
            if not await bots.insert(bot):
                raise UnknownAccountError(FieldError("account", "no client has this account"))
            row = _found(await bots.find_by_id(bot.id))
            change = Change(row.account, "bot.created", str(row.id), _definition(row))
            await self._changes.record(connection, caller, change)
            return self._view(row)

        return await self._writes.write(caller, work, CREATED)

    async def change(self, bot_id: UUID, wanted: BotChange, caller: Caller) -> BotView:
        """Replace name or config; what is the same already writes nothing.

        Raises:
            BotNotFoundError: There is none of this id.
            RevisionMovedError: A revision was given and is no longer the stored one.
            RuleError: The config is wrong for the bot's strategy.
        """

        async def work(connection: Connection) -> BotView:
            bots = BotRepository(connection)
            while True:
                before = _found(await bots.find_by_id(bot_id))
                after = await _revised(bots, before, wanted)
                if after is before:
                    return self._view(before)
                if after is not None:
                    break
                # Somebody was faster. Without a revision in the request the last writer wins.
            detail: dict[str, object] = {
                "before": _definition(before),
                "after": _definition(after),
            }
            change = Change(after.account, "bot.changed", str(bot_id), detail)
            await self._changes.record(connection, caller, change)
            return self._view(after)

        return await self._writes.write(caller, work)

    def _view(self, row: BotRow) -> BotView:
        return bot_view(row, self._speed)


def _look_age(row: Seen) -> float | None:
    return None if row.last_look_at is None else (row.read_at - row.last_look_at).total_seconds()


def _found(row: BotRow | None) -> BotRow:
    if row is None:
        raise BotNotFoundError
    return row


def _checked(wanted: BotCreate) -> NewBot:
    bot_id = uuid4()
    account = wanted.account.strip()
    strategy = check_strategy(wanted.strategy)
    connector = fold_name(wanted.connector, "connector")
    config = check_config(strategy, wanted.config)
    pair = parse_pair(wanted.pair)
    _refuse_other_market(
        Definition(strategy=strategy, connector=connector, pair=pair, config=config)
    )
    return NewBot(
        id=bot_id,
        account=account,
        instance_name=f"hummingbot-{account}-{bot_id.hex[-_INSTANCE_HEX:]}",
        name=check_text("name", wanted.name),
        connector=connector,
        pair=pair,
        strategy=strategy,
        config=msgspec.json.encode(config).decode(),
    )


async def _revised(bots: BotRepository, before: BotRow, wanted: BotChange) -> BotRow | None:
    """Return the bot as changed, itself when nothing changes, None when it moved meanwhile."""
    if before.deleted_at is not None:
        raise BeingDeletedError
    if wanted.revision and wanted.revision != before.revision:
        raise RevisionMovedError
    name = before.name if wanted.name is UNSET else check_text("name", wanted.name)
    stored = msgspec.json.decode(before.config, type=Config)
    config = stored if wanted.config is UNSET else check_config(before.strategy, wanted.config)
    if wanted.config is not UNSET:
        market = {"strategy": before.strategy, "connector": before.connector, "pair": before.pair}
        _refuse_other_market(Definition(**market, config=config))
    # Compared as text: to Python, true equals 1.
    text = _canonical(config)
    if name == before.name and text == _canonical(stored):
        return before
    if not await bots.update_definition(before.id, name, text, before.revision):
        return None
    return _found(await bots.find_by_id(before.id))


def _refuse_other_market(definition: Definition) -> None:
    faults = passthrough_faults(definition)
    if faults:
        raise RuleError(*faults)


def _canonical(config: Config) -> str:
    return msgspec.json.encode(config, order="deterministic").decode()


def _definition(row: BotRow) -> dict[str, object]:
    return {
        "name": row.name,
        "connector": row.connector,
        "pair": row.pair,
        "strategy": row.strategy,
        "config": msgspec.json.decode(row.config),
        "revision": row.revision,
    }

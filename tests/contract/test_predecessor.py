"""A database of the predecessor: refused as it is, taken over by the statements of the manual."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

import asyncpg
import pytest
from tests.contract.catalogue import describe_schema

from bridge.bots.repository import BotRepository
from bridge.bots.views import bot_view
from bridge.clients.repository import ClientRepository
from bridge.clients.views import client_view
from bridge.db.dsn import Dsn, parse_database_url
from bridge.db.migrate import migrate
from bridge.db.revisions import head_revision
from bridge.errors import ConfigurationError

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

TABLES: Final = (Path(__file__).parent / "predecessor.sql").read_text("utf-8")
MANUAL: Final = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
MOVE, COPY, LEFT_OUT, REMOVE = (
    block for block in re.findall(r"```sql\n(.*?)```", MANUAL, re.DOTALL) if "predecessor" in block
)

SHARP = UUID("11111111-1111-4111-8111-111111111111")
LYNK = UUID("22222222-2222-4222-8222-222222222222")
SOLANA = "BrLyvX5p7HYXsc94AQXXNUfe7zbCYriDfUT1p3DafuCV"


@pytest.fixture
def dsn(empty_database_url: str) -> Dsn:
    """Address of the predecessor's database."""
    return parse_database_url(empty_database_url)


@pytest.fixture
async def predecessor(dsn: Dsn) -> AsyncIterator["Connection"]:
    """Connection to a database with the predecessor's tables and rows."""
    connection = await asyncpg.connect(**dsn.connect_arguments())
    await connection.execute(TABLES)
    yield connection
    await connection.close()


@pytest.fixture
async def taken_over(dsn: Dsn, predecessor: "Connection") -> "Connection":
    """The same database after the manual's steps, up to the copy."""
    await predecessor.execute(MOVE)
    await migrate(dsn)
    await predecessor.execute(COPY)
    return predecessor


async def test_it_is_refused_in_one_sentence_and_stays_as_it_is(
    dsn: Dsn, predecessor: "Connection"
) -> None:
    before = await describe_schema(predecessor)

    with pytest.raises(ConfigurationError) as refused:
        await migrate(dsn)

    assert refused.value.detail == (
        "The database already has tables of another program by the names bots, clients, connectors,"
        " wallets, so nothing was changed: docs/operations.md says how to take their rows over."
    )
    assert await describe_schema(predecessor) == before


async def test_its_own_alembic_table_makes_no_difference(
    dsn: Dsn, predecessor: "Connection"
) -> None:
    await predecessor.execute("CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)")
    await predecessor.execute("INSERT INTO alembic_version VALUES ('3f2a9c1d7e55')")

    with pytest.raises(ConfigurationError, match="tables of another program by the names bots"):
        await migrate(dsn)

    await predecessor.execute(MOVE)
    assert (await migrate(dsn)).to_revision == head_revision()


async def test_clients_keep_their_ids_names_times_and_accounts(taken_over: "Connection") -> None:
    sharp = await ClientRepository(taken_over).find_by_id(SHARP)

    assert sharp is not None
    view = client_view(sharp)
    assert (view.name, view.email, view.account_identifier) == (
        "Sharp Foundation",
        "ops@sharp.io",
        "client_sharp",
    )
    assert sharp.created_at.isoformat() == "2026-01-20T10:00:00+00:00"
    assert sharp.updated_at.isoformat() == "2026-01-21T10:00:00+00:00"


async def test_accounts_that_cannot_be_kept_are_replaced(taken_over: "Connection") -> None:
    rows = await taken_over.fetch("SELECT account_identifier FROM clients ORDER BY 1")

    accounts = [str(row[0]) for row in rows]
    assert accounts[0] == "Lynk_Co_main_" + "_" + accounts[0][-8:]
    assert accounts[1:3] == ["admin", "client_sharp"]
    assert re.fullmatch("master_account_[0-9a-f]{8}", accounts[3])


@pytest.mark.parametrize(
    ("address_key", "owner"),
    [
        ("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "Sharp Foundation"),
        (SOLANA.lower(), "Lynk"),
        ("0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359", "admin"),
    ],
)
async def test_wallets_find_their_oldest_owner(
    address_key: str, owner: str, taken_over: "Connection"
) -> None:
    found = await ClientRepository(taken_over).find_by_wallet(address_key)

    assert found is not None
    assert found.name == owner


async def test_a_solana_address_gets_its_letter_case_back_and_is_primary(
    taken_over: "Connection",
) -> None:
    lynk = await ClientRepository(taken_over).find_by_id(LYNK)

    assert lynk is not None
    view = client_view(lynk)
    assert [wallet.address for wallet in view.wallets] == [SOLANA]
    assert (view.wallet_address, view.wallet_type) == (SOLANA, "SOLANA")
    assert lynk.primary_wallet_id == view.wallets[0].id


async def test_bots_keep_their_definition_and_are_stopped(taken_over: "Connection") -> None:
    bot = await BotRepository(taken_over).find_by_id(UUID("b1111111-1111-4111-8111-aaaaaaaaaaaa"))

    assert bot is not None
    view = bot_view(bot)
    assert (view.name, view.connector, view.pair, view.strategy, view.status) == (
        "Sharp spread",
        "bitmart",
        "SHARP/USDT",
        "spread",
        "stopped",
    )
    assert view.instance_name == "hummingbot-client_sharp-aaaaaaaaaaaa"
    assert view.config == {
        "bid_spread": 0.003,
        "ask_spread": 0.003,
        "order_amount": 1000,
        "order_interval": 60,
    }
    assert view.created_at.isoformat() == "2026-01-20T10:00:00+00:00"


async def test_solana_bots_are_completed_and_lose_their_keys(taken_over: "Connection") -> None:
    bot = await BotRepository(taken_over).find_by_id(UUID("b2222222-2222-4222-8222-bbbbbbbbbbbb"))

    assert bot is not None
    view = bot_view(bot)
    assert (view.connector, view.pair, view.strategy) == ("jupiter", "LYNK/USDC", "volume")
    assert view.config == {"pair": "LYNK-USDC", "daily_volume_usd": 5000}
    assert view.account.startswith("Lynk_Co_main_")


async def test_a_row_made_by_hand_comes_over_too(taken_over: "Connection") -> None:
    rows = await taken_over.fetch(
        "SELECT name, pair, config, client_id = c.id AS same FROM bots"
        " INNER JOIN (SELECT id FROM clients WHERE account_identifier = 'admin') AS c ON true"
        " WHERE account = 'admin'"
    )

    assert [tuple(row) for row in rows] == [("A_B/C", "A_B/C", "{}", True)]


async def test_readers_are_told_and_the_log_has_it(taken_over: "Connection") -> None:
    versions = await taken_over.fetch("SELECT version, length(tag) FROM versions")
    events = await taken_over.fetch("SELECT DISTINCT action FROM events")

    assert [tuple(row) for row in versions] == [(1, 8)] * 4
    assert [tuple(row) for row in events] == [("client.taken_over",)]


async def test_what_did_not_come_over_is_listed(taken_over: "Connection") -> None:
    rows = await taken_over.fetch(LEFT_OUT)

    listed = [(str(kind), str(what)) for _, kind, what in rows]
    assert sorted(listed) == [
        ("bot", "No pair"),
        ("bot", "Own strategy"),
        ("connector", "BitMart"),
        ("wallet", "EVM 0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED"),
        ("wallet", "solana dezxaz8z7pnrnrjjz3wxborgixca6xjnb7yab1ppb263"),
    ]


async def test_no_key_is_left_when_the_old_tables_are_gone(taken_over: "Connection") -> None:
    await taken_over.execute(REMOVE)

    for table in ("clients", "wallets", "connectors", "bots", "events", "versions"):
        for row in await taken_over.fetch(f"SELECT t::text FROM public.{table} AS t"):  # noqa: S608
            assert "canary" not in str(row[0])
    assert await taken_over.fetchval("SELECT count(*) FROM public.bots") == 3
    assert await taken_over.fetchval("SELECT count(*) FROM bot_wallets") == 1

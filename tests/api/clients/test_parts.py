"""Several wallets and connectors given at once."""

import asyncio
import random

import asyncpg
import pytest
from tests.api.calls import Api, ok, problem
from tests.api.inputs import Make, evm_address, wallet
from tests.api.stored import Stored


async def test_wallets_are_shown_in_the_order_in_which_they_were_sent(make_client: Make) -> None:
    """They are stored in another one, so that nobody deadlocks."""
    addresses = [evm_address() for _ in range(12)]

    client = await make_client(wallets=[wallet(address) for address in addresses])

    assert [each["address"] for each in client["wallets"]] == addresses
    assert client["wallet_address"] == addresses[0]


async def test_clients_that_share_wallets_in_any_order_never_deadlock(
    api: Api, stored: Stored
) -> None:
    addresses = [evm_address() for _ in range(6)]
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    before = await _fresh(stored.connection, deadlocks)

    async def create(number: int) -> int:
        shuffled = random.Random(number).sample(addresses, 6)  # noqa: S311 - an order, no secret
        body = {"name": f"C{number}", "wallets": [wallet(address) for address in shuffled]}
        return (await api.post("/clients/create", body)).status

    statuses = await asyncio.gather(*(create(number) for number in range(16)))

    assert sorted(statuses) == [201] + [409] * 15
    assert await _fresh(stored.connection, deadlocks) == before


async def _fresh(connection: "asyncpg.Connection[asyncpg.Record]", query: str) -> int:
    await connection.execute("SELECT pg_stat_clear_snapshot()")
    return int(await connection.fetchval(query))


async def test_taken_wallet_among_several_is_named(api: Api, make_client: Make) -> None:
    owner = await make_client(wallets=[wallet()])
    wallets = [wallet(), wallet(owner["wallet_address"]), wallet()]

    answer = await api.post("/clients/create", {"name": "New", "wallets": wallets})

    problem(answer, 409, "wallet-taken", "wallets[1].address")


async def test_taken_account_is_named(api: Api, make_client: Make) -> None:
    await make_client(account_identifier="desk-7")

    answer = await api.post("/clients/create", {"name": "New", "account_identifier": "desk-7"})

    problem(answer, 409, "account-taken", "account_identifier")


@pytest.mark.parametrize("identifier", ["SHARP", "sharp-", "client-sharp", "-" * 64])
async def test_identifier_that_only_resembles_the_name_is_a_choice(
    api: Api, make_client: Make, identifier: str
) -> None:
    """It is refused when it is taken, not replaced by another one."""
    await make_client(account_identifier=identifier)
    body = {"name": "Sharp", "account_identifier": identifier}

    answer = await api.post("/clients/create", body)

    problem(answer, 409, "account-taken", "account_identifier")


@pytest.mark.parametrize("name", ["Master Account", "Sharp"])
@pytest.mark.parametrize("identifier", ["master_account", "Master-Account", "masteraccount__"])
async def test_upstreams_own_account_is_refused_whatever_the_name(
    api: Api, stored: Stored, name: str, identifier: str
) -> None:
    """Also when it looks made from the name: its folder upstream holds the operator's keys."""
    body = {"name": name, "account_identifier": identifier}

    answer = await api.post("/clients/create", body)

    problem(answer, 422, "invalid-input", "account_identifier")
    assert await stored.counts() == {}


async def test_one_exchange_given_twice_is_refused(api: Api, stored: Stored) -> None:
    """The first one's credentials would be lost without a word."""
    body = {"name": "New", "connectors": [{"name": "okx"}, {"name": "kraken"}, {"name": " OKX"}]}

    problem(await api.post("/clients/create", body), 422, "invalid-input", "connectors[2].name")
    assert await stored.counts() == {}


async def test_too_long_name_of_a_field_is_named(api: Api) -> None:
    body = {"name": "New", "connectors": [{"name": "okx", "fields": {"x" * 65: "y"}}]}

    problem(await api.post("/clients/create", body), 422, "invalid-input", "connectors[0].fields")


async def test_identifier_that_a_frontend_made_from_a_long_name_is_cut_and_numbered(
    api: Api,
) -> None:
    name = "The Very Long Foundation Of Sharp Tokens And Other Curiosities Of This World"
    made = "client_" + name.lower().replace(" ", "_")

    answers = [
        ok(await api.post("/clients/create", {"name": name, "account_identifier": sent}), 201)
        for sent in (made, made, made[:64])
    ]

    accounts = [answer["account_identifier"] for answer in answers]
    assert accounts[0] == made[:64]
    assert len(set(accounts)) == 3
    assert all(len(account) <= 64 for account in accounts)

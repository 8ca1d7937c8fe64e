"""POST /clients/create and GET /clients/{id}: what a client is made with, and all or nothing."""

from datetime import datetime
from uuid import UUID

import pytest
from tests.api.calls import Api, ok, problem
from tests.api.inputs import MISSING_ID, Make, evm_address, solana_address, wallet
from tests.api.stored import Stored

_KEYS = {
    *("id", "name", "email", "account_identifier", "status", "wallet_address", "wallet_type"),
    *("self_service", "wallets", "connectors", "created_at", "updated_at"),
}


async def test_client_has_every_field_of_the_contract(api: Api, make_client: Make) -> None:
    address = evm_address()

    client = await make_client(
        name="Sharp Foundation",
        email="ops@sharp.io",
        wallets=[wallet(address)],
        connectors=[
            {"name": "BitMart", "api_key": "key-of-bitmart", "api_secret": "s", "memo": "m"}
        ],
    )

    assert client.keys() == _KEYS
    assert UUID(client["id"]).version == 4
    assert (client["name"], client["email"]) == ("Sharp Foundation", "ops@sharp.io")
    assert (client["status"], client["self_service"]) == ("active", False)
    assert (client["wallet_address"], client["wallet_type"]) == (address, "EVM")
    assert datetime.fromisoformat(client["created_at"]).utcoffset() is not None
    assert client["updated_at"] == client["created_at"]
    (stored_wallet,) = client["wallets"]
    assert stored_wallet.keys() == {"id", "chain", "address", "created_at"}
    assert (stored_wallet["chain"], stored_wallet["address"]) == ("evm", address)
    (connector,) = client["connectors"]
    assert connector.keys() == {
        *("id", "name", "exchange", "label", "api_key_preview", "is_active", "is_testnet"),
        *("sync_state", "sync_error", "created_at"),
    }
    assert ok(await api.get(f"/clients/{client['id']}")) == client


async def test_client_needs_nothing_but_a_name(make_client: Make) -> None:
    client = await make_client(name="  Sharp  ")

    assert client["name"] == "Sharp"
    assert client["email"] is client["wallet_address"] is client["wallet_type"] is None
    assert client["wallets"] == client["connectors"] == []


@pytest.mark.parametrize(("sent", "kept"), [(None, None), ("", None), (" a@b.io ", "a@b.io")])
async def test_email_may_be_left_empty(
    make_client: Make, sent: str | None, kept: str | None
) -> None:
    assert (await make_client(email=sent))["email"] == kept


@pytest.mark.parametrize("email", ["nobody", "a@", "@b", "a b@c.io", "a@b@c", "a@b\n.io"])
async def test_email_that_cannot_be_one_is_refused(api: Api, stored: Stored, email: str) -> None:
    problem(
        await api.post("/clients/create", {"name": "X", "email": email}),
        *(422, "invalid-input", "email"),
    )
    assert await stored.counts() == {}


async def test_names_need_not_be_unique(make_client: Make) -> None:
    first, second = [await make_client(name="Sharp") for _ in range(2)]

    assert first["name"] == second["name"]
    assert first["id"] != second["id"]


async def test_wallets_keep_the_order_in_which_they_were_sent(make_client: Make) -> None:
    addresses = [evm_address(), solana_address(), evm_address()]

    client = await make_client(
        wallets=[
            wallet(addresses[0], "EVM"),
            wallet(addresses[1], " Solana "),
            wallet(addresses[2]),
        ]
    )

    assert [each["address"] for each in client["wallets"]] == addresses
    assert [each["chain"] for each in client["wallets"]] == ["evm", "solana", "evm"]
    assert (client["wallet_address"], client["wallet_type"]) == (addresses[0], "EVM")


async def test_first_wallet_on_solana_says_so(make_client: Make) -> None:
    client = await make_client(wallets=[wallet(solana_address(), "solana")])

    assert client["wallet_type"] == "SOLANA"


async def test_wallet_named_twice_is_stored_once(make_client: Make) -> None:
    address = evm_address()

    client = await make_client(wallets=[wallet(address), wallet(address.upper().replace("X", "x"))])

    assert [each["address"] for each in client["wallets"]] == [address]


async def test_three_wallets_and_a_bad_fourth_leave_nothing(api: Api, stored: Stored) -> None:
    wallets = [wallet(), wallet(), wallet(), wallet("0x12")]

    answer = await api.post("/clients/create", {"name": "Sharp", "wallets": wallets})

    problem(answer, 422, "invalid-input", "wallets[3].address")
    assert await stored.counts() == {}


async def test_three_wallets_and_a_fourth_of_another_client_leave_nothing(
    api: Api, make_client: Make, stored: Stored
) -> None:
    """The fourth one is refused by PostgreSQL, after the others were inserted."""
    taken = evm_address()
    await make_client(wallets=[wallet(taken)])
    before = await stored.everything()

    answer = await api.post(
        "/clients/create",
        {
            "name": "Sharp",
            "wallets": [wallet(), wallet(), wallet(), wallet(taken)],
            "connectors": [{"name": "kraken", "api_key": "a", "api_secret": "b"}],
        },
    )

    problem(answer, 409, "wallet-taken")
    assert await stored.everything() == before


async def test_bad_connector_leaves_nothing(api: Api, stored: Stored) -> None:
    connectors = [{"name": "kraken"}, {"name": "no name at all"}]

    answer = await api.post(
        "/clients/create", {"name": "Sharp", "wallets": [wallet()], "connectors": connectors}
    )

    problem(answer, 422, "invalid-input", "connectors[1].name")
    assert await stored.counts() == {}


@pytest.mark.parametrize("client_id", [MISSING_ID, "1", "not-a-uuid", "%00", MISSING_ID + "0"])
async def test_unknown_client_is_not_found(api: Api, client_id: str) -> None:
    answer = await api.get(f"/clients/{client_id}")

    assert answer.status == 404
    problem(answer, 404, answer.json["code"])

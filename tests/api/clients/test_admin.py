"""Clients as older frontends create them: POST /api/admin/quick-client and /api/admin/api-keys."""

from collections.abc import Callable

import pytest
from tests.api.calls import Api, ok, problem
from tests.api.inputs import MISSING_ID, Make, MakeServer, evm_address, solana_address, wallet
from tests.api.stored import Stored


@pytest.mark.parametrize(
    ("make_address", "kind"),
    [(evm_address, "EVM"), (solana_address, "SOLANA")],
    ids=["EVM", "Solana"],
)
async def test_quick_client_has_one_wallet_of_the_chain_that_its_address_shows(
    api: Api, make_address: Callable[[], str], kind: str
) -> None:
    """As the frontend sends it: the e-mail may be null, the tier is of no use here."""
    address = make_address()
    client = ok(
        await api.post(
            "/api/admin/quick-client",
            {
                "name": "Sharp Foundation",
                "wallet_address": f" {address} ",
                "email": None,
                "tier": "Standard",
            },
        ),
        201,
    )

    assert (client["wallet_address"], client["wallet_type"]) == (address, kind)
    assert (client["account_identifier"], client["email"]) == ("client_sharp_foundation", None)
    assert ok(await api.get(f"/clients/{client['id']}")) == client


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"wallet_address": "0x12"}, "wallet_address"),
        ({"wallet_address": "nobody"}, "wallet_address"),
        ({"wallet_address": ""}, "wallet_address"),
        ({"name": " "}, "name"),
        ({"email": "nowhere"}, "email"),
        ({"status": "Active"}, "status"),
    ],
)
async def test_quick_client_with_something_wrong_is_refused_by_field(
    api: Api, stored: Stored, wrong: dict[str, str], field: str
) -> None:
    body = {"name": "Sharp", "wallet_address": evm_address()} | wrong

    problem(await api.post("/api/admin/quick-client", body), 422, "invalid-input", field)

    assert await stored.counts() == {}


async def test_quick_client_cannot_have_somebodys_wallet(
    api: Api, make_client: Make, stored: Stored
) -> None:
    owner = await make_client(wallets=[wallet()])
    before = await stored.everything()
    body = {"name": "Sharp", "wallet_address": owner["wallet_address"]}

    answer = await api.post("/api/admin/quick-client", body)

    problem(answer, 409, "wallet-taken", "wallet_address")
    assert await stored.everything() == before


async def test_api_key_makes_the_connector(api: Api, make_client: Make) -> None:
    client = await make_client()

    connector = ok(
        await api.post(
            "/api/admin/api-keys",
            {
                "client_id": client["id"],
                "exchange": "BitMart",
                "api_key": "key-1234567890",
                "api_secret": "s",
                "passphrase": "m",
            },
        ),
        201,
    )

    assert (connector["name"], connector["exchange"]) == ("bitmart", "BitMart")
    assert (connector["api_key_preview"], connector["sync_state"]) == ("****7890", "pending")
    assert ok(await api.get(f"/clients/{client['id']}"))["connectors"] == [connector]


async def test_api_key_without_a_passphrase_says_what_is_missing(
    api: Api, make_client: Make
) -> None:
    """The frontend sends null where its form has none."""
    client = await make_client()
    body = {"exchange": "kucoin", "api_key": "k", "api_secret": "s", "passphrase": None}

    connector = ok(await api.post("/api/admin/api-keys", {"client_id": client["id"]} | body), 201)

    assert connector["sync_state"] == "rejected"
    assert "memo" in connector["sync_error"]


async def test_api_key_of_nobody_is_refused(
    api: Api, make_client: Make, make_server: MakeServer, stored: Stored
) -> None:
    client = await make_client()
    sealed_by_nobody = await make_server(BRIDGE_VAULT_KEYS="")
    before = await stored.everything()
    body = {"client_id": client["id"], "exchange": "okx"}

    problem(
        await api.post("/api/admin/api-keys", body | {"client_id": MISSING_ID}),
        *(404, "client-not-found"),
    )
    problem(
        await api.post("/api/admin/api-keys", body | {"exchange": "not a name"}),
        *(422, "invalid-input", "exchange"),
    )
    problem(await sealed_by_nobody.post("/api/admin/api-keys", body), 503, "vault-not-configured")

    assert await stored.everything() == before

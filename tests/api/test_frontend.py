"""The calls of the existing frontend, sent literally as it sends them, without a change of it.

It sends a content type on every call, an old token when it has one, and a wallet header; it parses
every answer as JSON, and shows `detail` of an error.
"""

import json
from collections.abc import Mapping

import pytest
from tests.api.calls import JSON, Api
from tests.api.frontend import HEADERS, Frontend
from tests.api.inputs import ORIGIN, evm_address
from tests.api.stored import Stored

_CLIENT_KEYS = {
    *("id", "name", "account_identifier", "email", "status", "wallet_address", "wallet_type"),
    *("created_at", "wallets", "connectors"),
}
_BOT_KEYS = {
    *("id", "client_id", "name", "account", "strategy", "bot_type", "connector", "pair", "status"),
    *("health_status", "health_message", "chain", "config", "error"),
}


@pytest.fixture(params=["F2", "F1 logged out", "no headers at all"])
def frontend(request: pytest.FixtureRequest, api: Api) -> Frontend:
    """Two calls of it send no headers at all; the others these."""
    match request.param:
        case "F2":
            return Frontend(api, HEADERS)
        case "F1 logged out":
            return Frontend(api, {"Content-Type": JSON, "Origin": ORIGIN})
        case _:
            return Frontend(api, {})


async def test_walk_through_the_whole_frontend(frontend: Frontend) -> None:
    """Every row of the table that the Foundation serves, in the order of a first day."""
    assert (await frontend.call("GET", "/"))["status"]
    address = evm_address()

    created = await frontend.call(
        "POST",
        "/clients/create",
        {
            "name": "Sharp Foundation",
            "account_identifier": "client_sharp_foundation",
            "wallets": [{"chain": "evm", "address": address}],
            "connectors": [
                {"name": "bitmart", "api_key": "key-1234567890", "api_secret": "s", "memo": "m"}
            ],
        },
    )
    client_id, account = created["id"], created["account_identifier"]

    listed = await frontend.call("GET", "/clients")
    assert listed["clients"][0].keys() >= _CLIENT_KEYS
    shown = await frontend.call("GET", f"/clients/{client_id}")
    assert shown["connectors"][0].keys() >= {
        *("id", "name", "exchange", "label", "api_key_preview", "is_active", "is_testnet")
    }
    found = await frontend.call("GET", f"/clients/by-wallet/{address.upper()}")
    assert found == {
        "client_id": client_id,
        "account_identifier": account,
        "name": "Sharp Foundation",
        "wallets": shown["wallets"],
        "connectors": shown["connectors"],
        "role": "client",
    }

    bot = await frontend.call(
        "POST",
        "/bots/create",
        {
            "name": "SHARP/USDT Spread Bot",
            "account": account,
            "connector": "BitMart",
            "pair": "SHARP/USDT",
            "strategy": "spread",
            "config": {"bid_spread": 0.003, "ask_spread": 0.003, "order_amount": 1600},
        },
    )
    for path in ("/bots", f"/bots?account={account}"):
        (polled,) = (await frontend.call("GET", path))["bots"]
        assert polled == bot
        assert polled.keys() >= _BOT_KEYS
        assert polled["status"] == "stopped"
        assert polled["health_message"] is None
        assert all(isinstance(value, int | float) for value in polled["config"].values())

    for body in (None, "{}"):
        assert "Hummingbot" in await frontend.error("POST", f"/bots/{bot['id']}/start", body)
    for body in (None, "{}"):
        answer = await frontend.send("POST", f"/bots/{bot['id']}/stop", body)
        assert answer.json == {"status": "already_stopped", "bot_id": bot["id"], "bot": bot}

    edited = await frontend.call(
        "PUT", f"/clients/{client_id}", {"name": "Sharp", "email": "", "wallet_address": ""}
    )
    assert (edited["name"], edited["wallet_address"]) == ("Sharp", address)
    assert (await frontend.call("DELETE", f"/bots/{bot['id']}"))["status"] == "deleted"
    gone = await frontend.call("DELETE", f"/clients/{client_id}")
    assert (gone["status"], gone["client_id"]) == ("deleted", client_id)
    assert await frontend.error("GET", f"/clients/by-wallet/{address}")


@pytest.mark.parametrize(
    "strategy", ["spread", "volume", "market_maker", "volume_generator", "both"]
)
@pytest.mark.parametrize(
    "config", [{"bid_spread": 0.003, "ask_spread": 0.003, "order_amount": 1600}, {}]
)
async def test_bot_form_may_send_any_strategy_with_either_config(
    api: Api, strategy: str, config: Mapping[str, float]
) -> None:
    frontend = Frontend(api, HEADERS)
    client = await frontend.call("POST", "/clients/create", {"name": "Sharp"})

    bot = await frontend.call(
        "POST",
        "/bots/create",
        {
            "name": "SHARP/USDT bot",
            "account": client["account_identifier"],
            "connector": "bitmart",
            "pair": "sharp/usdt",
            "strategy": strategy,
            "config": config,
        },
    )

    assert bot["strategy"] == strategy
    assert bot["config"].items() >= config.items()


async def test_connector_form_drops_the_passphrase_and_the_connector_says_what_is_missing(
    api: Api,
) -> None:
    frontend = Frontend(api, HEADERS)
    client = await frontend.call("POST", "/clients/create", {"name": "Sharp"})

    changed = await frontend.call(
        "PUT",
        f"/clients/{client['id']}/connector",
        {"name": "kucoin", "api_key": "key-1234567890", "api_secret": "s", "memo": None},
    )

    (connector,) = changed["connectors"]
    assert connector["sync_state"] == "rejected"
    assert "memo" in connector["sync_error"]
    assert connector["api_key_preview"] == "****7890"


async def test_wallet_form_sends_chain_and_address(api: Api) -> None:
    frontend = Frontend(api, HEADERS)
    client = await frontend.call("POST", "/clients/create", {"name": "Sharp"})
    address = evm_address()

    changed = await frontend.call(
        "PUT", f"/clients/{client['id']}/wallet", {"chain": "EVM", "address": address}
    )

    assert changed["wallets"][0]["address"] == address


async def test_first_age_creates_a_client_in_steps_and_edits_it(api: Api) -> None:
    """It goes on with the id of the first answer, and with nothing else of it."""
    frontend = Frontend(api, HEADERS)
    body = {
        "name": "Sharp",
        "wallet_address": evm_address(),
        "email": None,
        "tier": "Standard",
    }

    client = await frontend.call("POST", "/api/admin/quick-client", body)
    path = f"/clients/{client['id']}"
    key = {"api_key": "key-1234567890", "api_secret": "s", "passphrase": "m"}
    await frontend.call(
        "POST", "/api/admin/api-keys", {"client_id": client["id"], "exchange": "bitmart", **key}
    )
    shown = await frontend.call("GET", path)
    assert [each["exchange"] for each in shown["connectors"]] == ["bitmart"]
    address = evm_address()
    edited = await frontend.call(
        "PUT",
        f"{path}/wallet/{shown['wallets'][0]['id']}",
        {"chain": "evm", "address": address},
    )
    assert edited["wallet_address"] == address
    await frontend.call("DELETE", f"{path}/wallet/{shown['wallets'][0]['id']}")
    await frontend.call("DELETE", f"{path}/connector/{shown['connectors'][0]['id']}")
    (listed,) = (await frontend.call("GET", "/clients"))["clients"]
    assert (listed["wallets"], listed["connectors"]) == ([], [])


async def test_account_made_by_the_frontend_for_names_without_letters_does_not_collide(
    api: Api,
) -> None:
    """Its own rule gives ``client_`` to each of them."""
    frontend = Frontend(api, HEADERS)

    clients = [
        await frontend.call(
            "POST",
            "/clients/create",
            {
                "name": name,
                "account_identifier": "client_",
                "wallets": [{"chain": "solana", "address": address}],
                "connectors": [],
            },
        )
        for name, address in (
            ("日本", "1" * 32),
            ("!!!", "So11111111111111111111111111111111111111112"),
        )
    ]

    assert len({client["account_identifier"] for client in clients}) == 2


async def test_private_key_is_refused_and_not_echoed(api: Api, stored: Stored) -> None:
    frontend = Frontend(api, HEADERS)
    canary = "canary-private-key-of-a-wallet"

    answer = await frontend.send(
        "POST",
        "/bots/create",
        json.dumps(
            {
                "name": "X",
                "account": "desk-7",
                "connector": "jupiter",
                "pair": "SOL/USDC",
                "strategy": "volume",
                "config": {},
                "wallets": [{"address": "1" * 32, "private_key": canary}],
            }
        ),
    )

    assert answer.status == 422
    assert canary not in answer.body.decode()
    assert await stored.counts() == {}

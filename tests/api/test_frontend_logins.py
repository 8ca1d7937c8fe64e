"""The frontend where a key is asked for: its logins, its admin pages, and what a client sees."""

import json
from typing import Final

import pytest
from tests.api.access.people import REQUIRED
from tests.api.calls import JSON, Api
from tests.api.frontend import HEADERS, Frontend
from tests.api.inputs import MISSING_ID, ORIGIN, MakeServer, evm_address
from tests.api.signing import EvmSigner, SolanaSigner

_SIGNERS = pytest.mark.parametrize("make_signer", [EvmSigner, SolanaSigner])
_USER_KEYS: Final = {
    *("id", "name", "role", "wallet_address", "account_identifier", "is_active"),
}
_SUMMARY_KEYS: Final = {*("healthy", "stale", "stopped", "error", "unknown", "total_bots")}


async def _operator(api: Api, signer: EvmSigner | SolanaSigner) -> Frontend:
    """Log in with a wallet of the settings, as it comes from the browser: in small letters."""
    page, user = await Frontend(api, HEADERS).log_in(signer, signer.address.lower())
    assert user.keys() >= _USER_KEYS
    assert (user["role"], user["is_active"], user["account_identifier"]) == ("admin", True, None)
    return page


async def _client_with_a_bot(page: Frontend, name: str, address: str) -> tuple[str, str, str]:
    """Go through the forms of the first age; return ids of client and bot, and the account."""
    made = await page.call(
        "POST",
        "/api/admin/quick-client",
        {"name": name, "wallet_address": address, "email": "", "tier": "Standard"},
    )
    key = {"api_key": "key-1234567890", "api_secret": "s", "passphrase": "m"}
    await page.call(
        "POST", "/api/admin/api-keys", {"client_id": made["id"], "exchange": "bitmart", **key}
    )
    shown = await page.call("GET", f"/clients/{made['id']}")
    assert [each["name"] for each in shown["connectors"]] == ["bitmart"]
    bot = await page.call(
        "POST",
        "/bots/create",
        {
            "name": f"{name} SHARP/USDT Spread Bot",
            "account": shown["account_identifier"],
            "connector": "bitmart",
            "pair": "SHARP/USDT",
            "strategy": "spread",
            "config": {"bid_spread": 0.003, "ask_spread": 0.003, "order_amount": 1600},
        },
    )
    return made["id"], bot["id"], shown["account_identifier"]


@_SIGNERS
async def test_from_the_operators_login_to_the_clients_logout(
    make_server: MakeServer, make_signer: type[EvmSigner | SolanaSigner]
) -> None:
    operator, wallet = make_signer(), make_signer()
    api = await make_server(**REQUIRED, BRIDGE_ADMIN_WALLETS=operator.address)
    admin = await _operator(api, operator)
    client_id, bot_id, account = await _client_with_a_bot(admin, "Sharp", wallet.address)
    other_id, other_bot, other = await _client_with_a_bot(admin, "Blunt", evm_address())
    assert len((await admin.call("GET", "/clients"))["clients"]) == 2
    assert len((await admin.call("GET", "/bots"))["bots"]) == 2

    page, user = await Frontend(api, HEADERS).log_in(wallet)

    assert user["role"] == "client"
    assert (user["id"], user["name"]) == (client_id, "Sharp")
    assert (user["wallet_address"], user["account_identifier"]) == (wallet.address, account)
    found = await page.call("GET", f"/clients/by-wallet/{wallet.address.upper()}")
    assert (found["client_id"], found["account_identifier"]) == (client_id, account)
    (own,) = (await page.call("GET", "/clients"))["clients"]
    assert own["id"] == client_id
    for path in ("/bots", f"/bots?account={account}"):
        (bot,) = (await page.call("GET", path))["bots"]
        assert (bot["id"], bot["client_id"], bot["status"]) == (bot_id, client_id, "stopped")
    assert (await page.call("GET", f"/bots?account={other}"))["bots"] == []
    summary = await page.call("GET", f"/bots/health/summary?account={account}")
    assert summary.keys() >= _SUMMARY_KEYS
    assert summary["total_bots"] == 1
    health = await page.call("POST", f"/bots/{bot_id}/health/check")
    assert (health["bot_id"], health["health_status"]) == (bot_id, "stopped")
    for method, path in (
        ("GET", f"/clients/{other_id}"),
        ("GET", f"/bots/{other_bot}"),
        ("POST", f"/bots/{other_bot}/health/check"),
    ):
        unknown = path.replace(other_id, MISSING_ID).replace(other_bot, MISSING_ID)
        assert await page.error(method, path) == await page.error(method, unknown)
    for method, path in (
        ("POST", f"/bots/{bot_id}/start"),
        ("DELETE", f"/bots/{bot_id}"),
        ("PUT", f"/clients/{client_id}"),
        ("POST", "/clients/create"),
        ("POST", "/api/admin/quick-client"),
    ):
        assert (await page.send(method, path, "{}")).status == 403

    await admin.call("PATCH", f"/clients/{client_id}", {"self_service": True})
    page, user = await Frontend(api, HEADERS).log_in(wallet)
    assert user["self_service"] is True
    assert "Hummingbot" in await page.error("POST", f"/bots/{bot_id}/start", "{}")
    assert (await page.call("POST", f"/bots/{bot_id}/stop"))["status"] == "already_stopped"
    assert (await page.call("POST", "/auth/logout"))["status"]
    assert "key" in await page.error("GET", "/bots")


async def test_wallets_and_connectors_are_edited_and_the_login_goes_with_the_wallet(
    make_server: MakeServer,
) -> None:
    operator, first, second = EvmSigner(), EvmSigner(), EvmSigner()
    api = await make_server(**REQUIRED, BRIDGE_ADMIN_WALLETS=operator.address)
    admin = await _operator(api, operator)
    client_id, _, _ = await _client_with_a_bot(admin, "Sharp", first.address)
    path = f"/clients/{client_id}"
    wallet_id = (await admin.call("GET", path))["wallets"][0]["id"]

    for method in ("PUT", "PATCH"):
        blank = {"name": "", "email": "", "wallet_address": ""}
        assert (await admin.call(method, path, blank))["wallet_address"] == first.address
    changed = {"chain": "evm", "address": second.address}
    assert (await admin.call("PUT", f"{path}/wallet/{wallet_id}", changed))["wallets"]

    assert "not registered" in await Frontend(api, HEADERS).error(
        "GET", f"/auth/message/{first.address}"
    )
    page, user = await Frontend(api, HEADERS).log_in(second)
    assert (user["id"], user["wallet_address"]) == (client_id, second.address)
    await page.call("GET", "/bots")
    form = {"name": "kucoin", "api_key": "key-1234567890", "api_secret": "s", "memo": None}
    connectors = (await admin.call("PUT", f"{path}/connector", form))["connectors"]
    (made,) = (each for each in connectors if each["name"] == "kucoin")
    await admin.call("DELETE", f"{path}/connector/{made['id']}")
    await admin.call("DELETE", f"{path}/wallet/{wallet_id}")
    assert "not registered" in await Frontend(api, HEADERS).error(
        "GET", f"/auth/message/{second.address}"
    )


async def test_call_without_any_headers_says_in_a_sentence_that_a_key_is_needed(
    make_server: MakeServer,
) -> None:
    """Two places of it send none: they work in open mode only."""
    api = await make_server(**REQUIRED)

    for headers in ({}, {"Content-Type": JSON, "Origin": ORIGIN}, HEADERS):
        page = Frontend(api, headers)
        for method, path in (("POST", f"/bots/{MISSING_ID}/start"), ("GET", "/bots")):
            answer = await page.send(method, path)
            assert answer.status == 401
            assert "key" in answer.json["detail"]


@_SIGNERS
async def test_by_wallet_is_for_the_wallets_owner_and_for_operators_or_for_anybody_in_open_mode(
    make_server: MakeServer, api: Api, make_signer: type[EvmSigner | SolanaSigner]
) -> None:
    operator, wallet, other = make_signer(), make_signer(), make_signer()
    asking = await make_server(**REQUIRED, BRIDGE_ADMIN_WALLETS=operator.address)
    admin = await _operator(asking, operator)
    for name, each in (("Sharp", wallet), ("Blunt", other)):
        await _client_with_a_bot(admin, name, each.address)
    page, _ = await Frontend(asking, HEADERS).log_in(wallet)

    for each in (wallet, other):
        path = f"/clients/by-wallet/{each.address}"
        assert (await admin.call("GET", path))["role"] == "client"
        assert (await Frontend(api, HEADERS).call("GET", path))["role"] == "client"
        assert (await Frontend(asking, HEADERS).send("GET", path)).status == 401
    foreign = await page.send("GET", f"/clients/by-wallet/{other.address}")
    unknown = await page.send("GET", f"/clients/by-wallet/{make_signer().address}")
    assert foreign.status == unknown.status == 404
    assert foreign.json["detail"] == unknown.json["detail"]


async def test_browser_may_ask_before_every_call_of_a_login(make_server: MakeServer) -> None:
    api = await make_server(**REQUIRED)
    for method, path in (
        *(("GET", f"/auth/message/{evm_address()}"), ("POST", "/auth/verify")),
        *(("POST", "/auth/logout"), ("GET", "/auth/me"), ("POST", "/api/admin/quick-client")),
    ):
        answer = await api.call(
            "OPTIONS",
            path,
            headers={
                "Origin": ORIGIN,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "authorization,content-type,x-wallet-address",
            },
        )
        assert answer.status == 204
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert method in answer.headers["Access-Control-Allow-Methods"]


async def test_proof_that_fails_is_shown_as_a_sentence(make_server: MakeServer) -> None:
    operator = EvmSigner()
    api = await make_server(**REQUIRED, BRIDGE_ADMIN_WALLETS=operator.address)
    page = Frontend(api, HEADERS)
    asked = await page.call("GET", f"/auth/message/{operator.address}")
    proof = {"wallet_address": operator.address, **asked, "signature": "0x"}
    del proof["expires_at"]

    assert "login" in (await page.error("POST", "/auth/verify", json.dumps(proof))).lower()

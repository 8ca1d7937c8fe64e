"""DELETE /clients/{id}: everything of a client goes, but for what was recorded of it."""

import pytest
from tests.api.calls import Api, ok, problem
from tests.api.inputs import MISSING_ID, Make, bitmart, bot_body, evm_address, wallet
from tests.api.stored import Stored


async def test_client_goes_with_all_that_it_has(
    api: Api, make_client: Make, make_bot: Make, stored: Stored
) -> None:
    address = evm_address()
    client = await make_client(wallets=[wallet(address), wallet()], connectors=[{"name": "kraken"}])
    account = client["account_identifier"]
    bots = [await make_bot(account=account) for _ in range(2)]
    ok(await api.patch(f"/clients/{client['id']}", {"wallet_address": address}))

    deleted = ok(await api.delete(f"/clients/{client['id']}"))

    assert deleted == {"status": "deleted", "client_id": client["id"]}
    problem(await api.get(f"/clients/by-wallet/{address}"), 404, "client-not-found")
    problem(await api.get(f"/clients/{client['id']}"), 404, "client-not-found")
    for bot in bots:
        problem(await api.get(f"/bots/{bot['id']}"), 404, "bot-not-found")
    assert ok(await api.get(f"/bots?account={account}"))["bots"] == []
    assert ok(await api.get("/clients"))["clients"] == []
    assert (await stored.counts()).keys() == {"events", "versions"}
    assert [event["action"] for event in await stored.events(account)][-1] == "client.deleted"


async def test_wallet_is_free_for_another_client(api: Api, make_client: Make) -> None:
    address = evm_address()
    client = await make_client(wallets=[wallet(address)])
    other = await make_client()
    problem(await api.put(f"/clients/{other['id']}/wallet", wallet(address)), 409, "wallet-taken")

    ok(await api.delete(f"/clients/{client['id']}"))

    ok(await api.put(f"/clients/{other['id']}/wallet", wallet(address)))
    assert ok(await api.get(f"/clients/by-wallet/{address}"))["client_id"] == other["id"]


async def test_other_clients_stay(api: Api, make_client: Make, make_bot: Make) -> None:
    client = await make_client(wallets=[wallet()])
    other = await make_client(wallets=[wallet()], connectors=[{"name": "kraken"}])
    bot = await make_bot(account=other["account_identifier"])

    ok(await api.delete(f"/clients/{client['id']}"))

    assert ok(await api.get(f"/clients/{other['id']}")) == other
    assert ok(await api.get(f"/bots/{bot['id']}")) == bot


@pytest.mark.parametrize("client_id", [MISSING_ID, "nobody"])
async def test_unknown_client_is_not_found(api: Api, stored: Stored, client_id: str) -> None:
    answer = await api.delete(f"/clients/{client_id}")

    problem(answer, 404, answer.json["code"])
    assert await stored.counts() == {}


async def test_second_deletion_is_not_found(api: Api, make_client: Make, stored: Stored) -> None:
    client = await make_client()
    ok(await api.delete(f"/clients/{client['id']}"))
    before = await stored.everything()

    problem(await api.delete(f"/clients/{client['id']}"), 404, "client-not-found")
    assert await stored.everything() == before


async def test_client_with_something_upstream_goes_later_and_its_idle_bots_at_once(
    follower: Api, make_client: Make, make_bot: Make, stored: Stored
) -> None:
    """What it has upstream is the leader's to take away; nothing of it can be started meanwhile."""
    address = evm_address()
    client = await make_client(wallets=[wallet(address)], connectors=[bitmart()])
    account, path = client["account_identifier"], f"/clients/{client['id']}"
    bot = await make_bot(account=account)

    deleted = ok(await follower.delete(path))

    assert deleted == {"status": "deleting", "client_id": client["id"]}
    problem(await follower.get(f"/bots/{bot['id']}"), 404, "bot-not-found")
    problem(await follower.post(f"/bots/{bot['id']}/start"), 404, "bot-not-found")
    problem(await follower.post("/bots/create", bot_body(account=account)), 422, "unknown-account")
    assert ok(await follower.get("/clients"))["clients"] == []
    problem(await follower.get(f"/clients/by-wallet/{address}"), 404, "client-not-found")
    for answer in (
        await follower.patch(path, {"name": "New"}),
        await follower.put(f"{path}/wallet", wallet()),
        await follower.put(f"{path}/connector", bitmart()),
    ):
        problem(answer, 409, "being-deleted")
    before = await stored.everything()
    assert ok(await follower.delete(path)) == deleted
    assert await stored.everything() == before
    chores = await stored.connection.fetch("SELECT kind, subject_id::text FROM chores")
    assert ("remove_client", client["id"]) in [tuple(row) for row in chores]

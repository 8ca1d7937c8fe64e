"""Credentials on their way to the upstream: pending, then synced or rejected."""

import pytest
from tests.api.calls import ok
from tests.api.inputs import MakeServer
from tests.api.stored import Stored
from tests.contract.simulator_door import Door
from tests.lifecycle.world import BITMART, KEYS, World, until

from bridge.simulator.exchange import fingerprint
from bridge.vault.keyring import KeyRing

_SEND = "/accounts/add-credential/{account_name}/{connector_name}"


async def test_new_credentials_are_pending_and_then_synced_without_a_start(world: World) -> None:
    client = await world.make_client()

    assert client["connectors"][0]["sync_state"] == "pending"
    synced = await world.until_connector(client, "synced")

    assert (synced["sync_error"], synced["is_active"]) == (None, True)
    marks = (await world.marks())[client["account_identifier"]]["bitmart"]
    assert marks["bitmart_api_key"] == fingerprint(KEYS["api_key"])
    path = f"/events?account={client['account_identifier']}"
    assert await world.actions(path) == ["client.created", "connector.synced"]


async def test_credentials_are_sent_once(world: World) -> None:
    client = await world.make_client()
    await world.until_connector(client, "synced")

    await world.until_looks(10)

    assert await world.door.count("POST", _SEND) == 1
    assert "chores" not in await world.stored.counts()


async def test_exchange_that_refuses_a_key_rejects_the_connector_with_its_reason(
    world: World, stored: Stored
) -> None:
    client = await world.make_client(connectors=[BITMART | {"api_key": "bad-canary-Zq8Wx1"}])

    rejected = await world.until_connector(client, "rejected")

    assert "Header X-BM-KEY not found or invalid" in rejected["sync_error"]
    assert rejected["is_active"] is False
    assert "bad-canary" not in " ".join(await stored.texts())
    assert (await world.marks())[client["account_identifier"]] == {}
    await world.until_looks(10)
    assert await world.door.count("POST", _SEND) == 1  # nobody is asked twice about a refusal


async def test_new_credentials_replace_rejected_ones(world: World) -> None:
    client = await world.make_client(connectors=[BITMART | {"api_key": "bad"}])
    await world.until_connector(client, "rejected")

    changed = ok(await world.api.put(f"/clients/{client['id']}/connector", BITMART))

    assert changed["connectors"][0]["sync_state"] == "pending"
    synced = await world.until_connector(client, "synced")
    assert synced["sync_error"] is None


async def test_replaced_credentials_are_pending_until_they_are_sent(world: World) -> None:
    client = await world.make_client()
    await world.until_connector(client, "synced")
    newer = BITMART | {"api_key": "newer"}

    changed = ok(await world.api.put(f"/clients/{client['id']}/connector", newer))

    assert changed["connectors"][0]["sync_state"] == "pending"
    await world.until_connector(client, "synced")
    marks = (await world.marks())[client["account_identifier"]]["bitmart"]
    assert marks["bitmart_api_key"] == fingerprint("newer")


@pytest.mark.parametrize("speed", [10.0])  # slow enough to replace what is being sent
async def test_credentials_replaced_while_they_are_sent_are_sent_too(world: World) -> None:
    await world.door.fault("slow", path="/accounts/add-credential", times=1)
    client = await world.make_client()
    await until(lambda: world.door.count("POST", _SEND), lambda count: count > 0)
    newer = BITMART | {"api_key": "newer"}

    ok(await world.api.put(f"/clients/{client['id']}/connector", newer))

    await world.until_connector(client, "synced")
    marks = (await world.marks())[client["account_identifier"]]["bitmart"]
    assert marks["bitmart_api_key"] == fingerprint("newer")


async def test_exchange_that_cannot_be_reached_leaves_the_connector_pending(world: World) -> None:
    await world.door.fault("exchange_dead")
    client = await world.make_client()

    await until(lambda: world.door.count("POST", _SEND), lambda count: count >= 2)
    shown = await world.get(f"/clients/{client['id']}")
    assert (shown["connectors"][0]["sync_state"], shown["connectors"][0]["sync_error"]) == (
        "pending",
        None,
    )

    await world.door.end("exchange_dead")
    await world.until_connector(client, "synced")


@pytest.mark.parametrize("keys", ["", "another"], ids=["none", "another"])
async def test_credentials_whose_key_is_missing_wait_for_it(
    make_server: MakeServer, door: Door, stored: Stored, keys: str
) -> None:
    """Nothing is wrong with them, so they are not rejected."""
    others = KeyRing.generate_entry("other") if keys else ""
    keyed = await make_server(BRIDGE_RECONCILER="off")
    client = ok(await keyed.post("/clients/create", {"name": "Acme", "connectors": [BITMART]}), 201)

    world = World(await make_server(BRIDGE_VAULT_KEYS=others), door, stored)

    await until(
        lambda: stored.connection.fetchval("SELECT attempts FROM chores"),
        lambda attempts: attempts >= 2,
    )
    shown = await world.get(f"/clients/{client['id']}")
    assert shown["connectors"][0]["sync_state"] == "pending"
    assert await world.door.count("POST", _SEND) == 0


async def test_credentials_in_doubt_are_sent_again(world: World) -> None:
    for fault in ("lost_answer", "half_body"):
        await world.door.fault(fault, path="/accounts/add-credential", times=1)
    client = await world.make_client()

    await world.until_connector(client, "synced")

    assert await world.door.count("POST", _SEND) == 3


async def test_upstream_that_breaks_once_does_not_reject_an_exchange_that_it_knows(
    world: World,
) -> None:
    await world.door.fault("plain_500", path="/connectors/bitmart/config-map", times=1)

    client = await world.make_client()

    await world.until_connector(client, "synced")


async def test_exchange_that_the_upstream_does_not_know_is_rejected_with_a_sentence(
    world: World,
) -> None:
    client = await world.make_client(connectors=[BITMART | {"name": "moonbase"}])

    rejected = await world.until_connector(client, "rejected")

    assert "does not know" in rejected["sync_error"]
    assert rejected["sync_error"].endswith(".")


async def test_incomplete_credentials_are_never_sent(world: World) -> None:
    connector = {name: text for name, text in BITMART.items() if name != "memo"}
    client = await world.make_client(connectors=[connector])

    assert client["connectors"][0]["sync_state"] == "rejected"
    assert "memo" in client["connectors"][0]["sync_error"]
    await world.until_looks(5)
    assert await world.door.count("POST", _SEND) == 0
    assert client["account_identifier"] not in await world.marks()

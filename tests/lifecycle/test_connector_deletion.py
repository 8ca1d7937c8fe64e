"""Deleting a connector: its credentials go upstream first, and no bot is left without them."""

import asyncio

from tests.api.calls import ok, problem
from tests.lifecycle.world import BITMART, KEYS, Json, World, until

from bridge.simulator.exchange import fingerprint

_REMOVE = "/accounts/delete-credential/{account_name}/{connector_name}"


def _path(client: Json) -> str:
    return f"/clients/{client['id']}/connector/{client['connectors'][0]['id']}"


async def test_credentials_are_gone_upstream_before_the_row_is(world: World) -> None:
    client = await world.make_client()
    account = client["account_identifier"]
    await world.until_connector(client, "synced")
    await world.door.fault("bad_gateway", path="/accounts/delete-credential", times=2)

    gone = ok(await world.api.delete(_path(client)))

    assert gone["status"] == "deleting"
    assert (await world.get(f"/clients/{client['id']}"))["connectors"] == []
    assert (await world.stored.counts())["connectors"] == 1
    assert ok(await world.api.delete(_path(client))) == gone
    await world.until_removed_connector(client)
    assert (await world.marks())[account] == {}
    problem(await world.api.delete(_path(client)), 404, "connector-not-found")
    actions = await world.actions(f"/events?account={account}")
    assert actions[-2:] == ["connector.deleted", "connector.removed"]
    assert "chores" not in await world.stored.counts()


async def test_connector_that_a_running_bot_uses_stays(world: World) -> None:
    client = await world.make_client()
    bot = await world.make_running(account=client["account_identifier"])

    problem(await world.api.delete(_path(client)), 409, "connector-in-use")
    assert (await world.get(f"/clients/{client['id']}"))["connectors"]

    await world.stop(bot)
    await world.until_state(bot, "stopped")
    assert ok(await world.api.delete(_path(client)))["status"] == "deleting"
    problem(await world.api.post(f"/bots/{bot['id']}/start"), 409, "connector-missing")


async def test_start_and_deletion_at_once_let_only_one_of_them_through(world: World) -> None:
    """Whichever holds the bot first."""
    client = await world.make_client()
    await world.until_connector(client, "synced")
    bot = await world.make_bot(account=client["account_identifier"])

    started, deleted = await asyncio.gather(
        world.api.post(f"/bots/{bot['id']}/start"), world.api.delete(_path(client))
    )

    outcome = (started.json.get("code"), deleted.json.get("code"))
    assert outcome in ((None, "connector-in-use"), ("connector-missing", None))


async def test_connector_stored_anew_while_it_goes_is_there_in_the_end(world: World) -> None:
    client = await world.make_client()
    account = client["account_identifier"]
    await world.until_connector(client, "synced")
    await world.door.fault("bad_gateway", path="/accounts/delete-credential")
    ok(await world.api.delete(_path(client)))
    await until(lambda: world.door.count("POST", _REMOVE), lambda count: count >= 1)

    newer = BITMART | {"api_key": "newer"}
    shown = ok(await world.api.put(f"/clients/{client['id']}/connector", newer))
    await world.door.end("bad_gateway")

    assert shown["connectors"][0]["id"] == client["connectors"][0]["id"]
    await world.until_connector(client, "synced")
    marks = (await world.marks())[account]["bitmart"]
    assert marks["bitmart_api_key"] == fingerprint("newer")


async def test_another_spelling_of_the_same_exchange_is_sent_again(world: World) -> None:
    """Upstream both are one; what the first one takes along belongs to the second one too."""
    client = await world.make_client()
    path = f"/clients/{client['id']}/connector"
    await world.until_connector(client, "synced")
    await world.door.fault("bad_gateway", path="/accounts/delete-credential")
    ok(await world.api.delete(_path(client)))

    ok(await world.api.put(path, {"name": "bitmart_spot", **KEYS, "api_key": "second"}))
    refused = problem(await world.api.put(path, BITMART), 422, "invalid-input", "name")
    await world.door.end("bad_gateway")

    assert "bitmart_spot" in refused["errors"][0]["message"]
    await world.until_removed_connector(client)
    await world.until_connector(client, "synced")
    marks = (await world.marks())[client["account_identifier"]]["bitmart"]
    assert marks["bitmart_api_key"] == fingerprint("second")


async def test_connector_under_a_name_that_is_never_sent_can_be_deleted(world: World) -> None:
    client = await world.make_client(connectors=[{"name": "crypto.com", **KEYS}])
    await world.until_connector(client, "rejected")

    assert ok(await world.api.delete(_path(client)))["status"] == "deleting"

    await world.until_removed_connector(client)
    assert "chores" not in await world.stored.counts()


async def test_client_that_is_deleted_takes_along_a_connector_that_is_going(world: World) -> None:
    client = await world.make_client()
    await world.until_connector(client, "synced")
    await world.door.fault("bad_gateway", path="/accounts/delete-credential")
    ok(await world.api.delete(_path(client)))

    assert ok(await world.api.delete(f"/clients/{client['id']}"))["status"] == "deleting"
    await world.door.end("bad_gateway")

    # A chore that waits to be tried again finds nothing to do then, and goes as well.
    left = {"clients", "connectors", "chores"}
    await until(world.stored.counts, lambda counts: not left & counts.keys())
    assert client["account_identifier"] not in await world.marks()

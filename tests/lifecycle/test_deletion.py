"""Deleting bots and clients: what runs is stopped first, and what is upstream goes too."""

import pytest
from tests.api.calls import ok, problem
from tests.api.inputs import wallet
from tests.lifecycle.world import BITMART, World, until

_SEND = "/accounts/add-credential/{account_name}/{connector_name}"
_MAP = "/connectors/{connector_name}/config-map"


async def _listed(world: World) -> list[str]:
    return [bot["id"] for bot in (await world.get("/bots"))["bots"]]


async def test_running_bot_leaves_the_lists_at_once_and_is_gone_in_the_end(world: World) -> None:
    bot = await world.make_running()
    path = f"/bots/{bot['id']}"
    version = await world.stored.version(bot["account"])

    gone = ok(await world.api.delete(path))

    assert gone == {"status": "deleting", "bot_id": bot["id"]}
    assert await world.stored.version(bot["account"]) > version
    assert await _listed(world) == []
    assert await world.get(f"/bots?account={bot['account']}") == {"bots": [], "next_cursor": None}
    assert (await world.get("/bots/health/summary"))["total_bots"] == 0
    shown = await world.bot(bot)
    assert (shown["status"], shown["desired_state"]) == ("deleting", "stopped")
    assert shown["allowed_actions"] == ["delete"]
    problem(await world.api.post(f"{path}/start"), 409, "being-deleted")
    problem(await world.api.put(path, {"name": "Other"}), 409, "being-deleted")
    assert ok(await world.api.delete(path)) == gone

    await world.until_removed(path)
    problem(await world.api.delete(path), 404, "bot-not-found")
    (life,) = await world.lives(bot)
    assert life["ended_at"] is not None
    assert life["orders_cancelled"] is True
    counts = await world.stored.counts()
    assert counts.keys() & {"bots", "runs", "instances"} <= {"instances"}
    actions = await world.actions("/events")
    assert [action for action in actions if action in ("bot.deleted", "bot.removed")] == [
        *("bot.deleted", "bot.removed")
    ]
    assert (await world.get("/orphans"))["orphans"] == []


async def test_bot_that_does_not_run_is_gone_at_once(world: World) -> None:
    bot = await world.make_running()
    await world.stop(bot)
    await world.until_state(bot, "stopped")

    assert ok(await world.api.delete(f"/bots/{bot['id']}"))["status"] == "deleted"

    problem(await world.api.get(f"/bots/{bot['id']}"), 404, "bot-not-found")


async def test_client_with_running_bots_is_gone_when_they_are(world: World) -> None:
    address = wallet()
    client = await world.make_client(wallets=[address])
    account = client["account_identifier"]
    bots = [await world.make_running(account=account) for _ in range(2)]
    path = f"/clients/{client['id']}"
    assert account in await world.marks()

    gone = ok(await world.api.delete(path))

    assert gone == {"status": "deleting", "client_id": client["id"]}
    assert (await world.get("/clients"))["clients"] == []
    assert await _listed(world) == []
    problem(
        await world.api.get(f"/clients/by-wallet/{address['address']}"), 404, "client-not-found"
    )
    assert ok(await world.api.delete(path)) == gone
    problem(await world.api.put(f"{path}/connector", BITMART), 409, "being-deleted")
    problem(
        await world.api.post("/clients/create", {"name": "X", "account_identifier": account}),
        *(409, "account-taken"),
    )
    heir = await world.make_client(name="Heir", wallets=[address])
    assert heir["wallets"][0]["address"] == address["address"]

    await world.until_removed(path)
    for bot in bots:
        problem(await world.api.get(f"/bots/{bot['id']}"), 404, "bot-not-found")
        (life,) = await world.lives(bot)
        assert life["orders_cancelled"] is True
    assert account not in await world.marks()
    again = await world.make_client(account_identifier=account)
    assert again["account_identifier"] == account
    removed = await world.actions(f"/events?account={account}")
    assert removed.count("client.removed") == 1


async def test_client_with_credentials_upstream_takes_its_stopped_bots_along(world: World) -> None:
    client = await world.make_client()
    await world.until_connector(client, "synced")
    bot = await world.make_bot(account=client["account_identifier"])

    assert ok(await world.api.delete(f"/clients/{client['id']}"))["status"] == "deleting"

    assert await _listed(world) == []
    await world.until_removed(f"/clients/{client['id']}")
    problem(await world.api.get(f"/bots/{bot['id']}"), 404, "bot-not-found")
    assert client["account_identifier"] not in await world.marks()
    assert "chores" not in await world.stored.counts()


async def test_client_is_removed_upstream_once_that_is_there_again(world: World) -> None:
    client = await world.make_client()
    await world.until_connector(client, "synced")
    await world.door.fault("bad_gateway", path="/accounts/delete", times=3)

    assert ok(await world.api.delete(f"/clients/{client['id']}"))["status"] == "deleting"

    await world.until_removed(f"/clients/{client['id']}")
    assert client["account_identifier"] not in await world.marks()


async def test_credentials_on_their_way_when_their_client_is_deleted_do_not_stay(
    world: World,
) -> None:
    await world.door.fault("exchange_dead")
    client = await world.make_client()
    # By then the next try in the background is far away, and only the start sends them.
    await until(lambda: world.door.count("POST", _SEND), lambda count: count >= 5)
    bot = await world.make_bot(account=client["account_identifier"])
    await world.door.end("exchange_dead")
    await world.door.fault("slow", path="/connectors/bitmart/config-map")
    asked = await world.door.count("GET", _MAP)
    await world.start(bot)
    await until(lambda: world.door.count("GET", _MAP), lambda count: count > asked)

    ok(await world.api.delete(f"/clients/{client['id']}"))

    await world.until_removed(f"/clients/{client['id']}")
    await world.until_looks(40)
    assert client["account_identifier"] not in await world.marks()


async def test_client_with_an_exchange_whose_name_the_upstream_cannot_take_is_removed(
    world: World,
) -> None:
    client = await world.make_client(connectors=[BITMART, BITMART | {"name": "crypto.com"}])
    await until(
        lambda: world.get(f"/clients/{client['id']}"),
        lambda now: [each["sync_state"] for each in now["connectors"]] == ["synced", "rejected"],
    )

    ok(await world.api.delete(f"/clients/{client['id']}"))

    await world.until_removed(f"/clients/{client['id']}")
    assert client["account_identifier"] not in await world.marks()


async def test_client_without_anything_upstream_is_gone_at_once(world: World) -> None:
    client = await world.make_client(connectors=[])

    assert ok(await world.api.delete(f"/clients/{client['id']}"))["status"] == "deleted"

    problem(await world.api.get(f"/clients/{client['id']}"), 404, "client-not-found")


@pytest.mark.parametrize("speed", [20.0])  # slow enough for a look at what lives a few seconds
async def test_bot_deleted_while_its_deploy_is_under_way_leaves_nothing_that_trades(
    world: World,
) -> None:
    """What lands after the bot's row has gone is still known by its name."""
    bot = await world.make_bot()
    await world.door.fault("slow_boot")
    await world.door.fault("late_deploy")
    await world.start(bot)
    await world.door.until_arrived("POST", "/bot-orchestration/deploy-v2-controllers")

    assert ok(await world.api.delete(f"/bots/{bot['id']}"))["status"] == "deleting"
    await world.until_removed(f"/bots/{bot['id']}")
    await world.door.end("late_deploy")

    (life,) = await world.door.until_ledger(lambda lives: len(lives) == 1)
    found = await until(lambda: world.get("/orphans"), lambda found: found["orphans"])
    (orphan,) = found["orphans"]
    assert orphan["instance"] == life["instance"]
    assert orphan["instance_name"] == bot["instance_name"]
    lives = await world.door.until_ledger(lambda lives: lives[0]["ended_at"] is not None)
    assert lives[0]["traded"] is False

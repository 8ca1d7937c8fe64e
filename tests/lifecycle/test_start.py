"""A start that succeeds: what is asked of the upstream for it, and what is shown meanwhile."""

import asyncio

import pytest
from tests.api.calls import ok, problem
from tests.api.inputs import MakeServer
from tests.api.stored import Stored
from tests.contract.simulator_door import DEPLOY, Door
from tests.lifecycle.world import BITMART, KEYS, SPREAD, World, is_running

from bridge.simulator.exchange import fingerprint


async def test_start_goes_from_starting_to_running_within_its_wait(patient: World) -> None:
    await patient.door.fault("slow_boot")
    bot = await patient.make_bot()

    starting = asyncio.create_task(patient.start(bot))
    shown = await patient.until_state(bot, "starting")
    answer = await starting

    assert (shown["status"], shown["desired_state"]) == ("running", "running")
    assert (shown["health_status"], shown["health_message"]) == ("healthy", None)
    assert shown["allowed_actions"] == ["stop", "edit", "delete"]
    assert (answer["status"], answer["bot_id"]) == ("started", bot["id"])
    now = answer["bot"]
    assert (now["status"], now["runtime"]["reason"]) == ("running", "reporting")
    assert now["runtime"]["revision"] == 1
    (life,) = await patient.lives(bot)
    assert (life["instance"], life["traded"]) == (now["runtime"]["instance"], True)
    assert life["account"] == bot["account"]


async def test_start_is_answered_when_its_wait_is_over(world: World) -> None:
    bot = await world.make_bot()

    answer = await world.start(bot)

    assert (answer["status"], answer["bot"]["runtime"]["state"]) == ("starting", "starting")
    assert (await world.start(bot))["status"] == "starting"
    await world.until_state(bot, "running")
    assert [run["generation"] for run in await world.runs(bot)] == [1]


async def test_second_click_writes_nothing(world: World) -> None:
    bot = await world.make_running()
    written = "SELECT generation, desired_at, updated_at FROM bots"
    before = await world.stored.connection.fetch(written)
    events, runs = await world.get("/events"), len(await world.runs(bot))

    answer = await world.start(bot)

    assert answer["status"] == "already_running"
    assert is_running(answer["bot"])
    assert await world.stored.connection.fetch(written) == before
    assert await world.get("/events") == events
    assert len(await world.runs(bot)) == runs
    assert await world.door.count("POST", DEPLOY) == 1


async def test_clicks_at_once_are_one_deploy(patient: World) -> None:
    bot = await patient.make_bot()

    answers = await asyncio.gather(*(patient.start(bot) for _ in range(20)))

    assert {answer["status"] for answer in answers} <= {"started", "already_running"}
    assert await patient.door.count("POST", DEPLOY) == 1
    assert len(await patient.lives(bot)) == 1


async def test_upstream_gets_config_image_and_limits(
    make_server: MakeServer, door: Door, stored: Stored
) -> None:
    world = World(
        await make_server(BRIDGE_HUMMINGBOT_IMAGE="registry.example/hummingbot:2.9"), door, stored
    )
    await world.until_looked()
    limits = {"max_global_drawdown_quote": 25, "max_controller_drawdown_quote": 12.5}

    bot = await world.make_running(config=SPREAD | limits)

    instance = bot["runtime"]["instance"]
    (copy,) = await world.copies(instance)
    assert copy["id"] == copy["_config_name"]
    assert {
        name: copy[name]
        for name in (
            *("controller_name", "controller_type", "connector_name", "trading_pair"),
            *("order_amount", "buy_spreads", "sell_spreads", "order_refresh_time"),
        )
    } == {
        "controller_name": "pmm_v1",
        "controller_type": "generic",
        "connector_name": "bitmart",
        "trading_pair": "SHARP-USDT",
        "order_amount": 1600,
        "buy_spreads": [0.003],
        "sell_spreads": [0.004],
        "order_refresh_time": 60,
    }
    (deployment,) = await world.deployments()
    assert deployment == {
        "instance_name": instance,
        "credentials_profile": bot["account"],
        "controllers_config": [copy["_config_name"]],
        "image": "registry.example/hummingbot:2.9",
        "script_config": f"{instance}.yml",
        "headless": True,
        **limits,
    }


async def test_config_of_an_attempt_is_removed_once_it_runs(world: World) -> None:
    await world.make_running()

    configs = await world.upstream("/controllers/configs/")

    assert [config["id"] for config in configs] == ["bridge_owner"]


async def test_credentials_are_sent_whole(world: World) -> None:
    """The upstream fills what is missing with another account's: nothing may be missing."""
    other = {"name": "bitmart", "api_key": "other", "api_secret": "other", "memo": "other"}
    first = await world.make_client(name="Other", connectors=[other])
    await world.until_connector(first, "synced")

    bot = await world.make_running()

    assert (await world.marks())[bot["account"]] == {
        "bitmart": {
            "bitmart_api_key": fingerprint(KEYS["api_key"]),
            "bitmart_secret_key": fingerprint(KEYS["api_secret"]),
            "bitmart_memo": fingerprint(KEYS["memo"]),
        }
    }


async def test_start_waits_for_credentials_that_are_not_there_yet(world: World) -> None:
    await world.door.fault("exchange_slow")
    client = await world.make_client()
    bot = await world.make_bot(account=client["account_identifier"])

    await world.start(bot)
    pending = await world.get(f"/clients/{client['id']}")

    assert pending["connectors"][0]["sync_state"] == "pending"
    await world.until_state(bot, "running")
    assert (await world.until_connector(client, "synced"))["is_active"] is True


@pytest.mark.parametrize(
    "loss",
    ["delete-account?account_name={account}", "delete-credential/{account}/bitmart"],
)
async def test_credentials_that_the_upstream_has_lost_are_sent_again(
    world: World, loss: str
) -> None:
    client = await world.make_client()
    await world.until_connector(client, "synced")
    bot = await world.make_bot(account=client["account_identifier"])
    path = "/accounts/" + loss.format(account=bot["account"])
    assert (await world.door.call("POST", path)).status == 200

    await world.start(bot)
    await world.until_state(bot, "running")

    assert (await world.marks())[bot["account"]].keys() == {"bitmart"}


async def test_pair_that_the_exchange_does_not_trade_is_told(world: World) -> None:
    bot = await world.make_bot(pair="UNLISTED/USDT")

    await world.start(bot)
    shown = await world.until_state(bot, "error")

    assert shown["runtime"]["reason"] == "deploy_failed"
    assert shown["error"] == "The exchange bitmart does not trade UNLISTED/USDT."
    assert shown["health_status"] == "error"
    assert await world.lives(bot) == []
    (run,) = await world.runs(bot)
    assert (run["outcome"], run["error"]) == ("failed", shown["error"])


async def test_rejected_credentials_end_a_start_and_refuse_the_next(world: World) -> None:
    await world.door.fault("exchange_slow")
    client = await world.make_client(connectors=[BITMART | {"api_key": "bad key"}])
    bot = await world.make_bot(account=client["account_identifier"])

    await world.start(bot)
    shown = await world.until_state(bot, "error")
    said = problem(await world.api.post(f"/bots/{bot['id']}/start"), 409, "connector-not-synced")

    assert shown["runtime"]["reason"] == "deploy_failed"
    assert said["detail"] == shown["error"]
    assert "30005" in said["detail"]
    assert await world.lives(bot) == []
    ok(await world.api.put(f"/clients/{client['id']}/connector", BITMART))
    await world.door.end("exchange_slow")
    await world.start(bot)
    await world.until_state(bot, "running")

"""Stops, whatever the bot does when it is asked; and starts out of every other state."""

from datetime import timedelta
from itertools import pairwise

import asyncpg
import pytest
from tests.api.inputs import MakeServer
from tests.api.stored import Stored
from tests.contract.simulator_door import DEPLOY, Door
from tests.lifecycle.world import SPEED, STILL, Json, World, until

_BEAT = "SELECT beat_at FROM heartbeats"
_WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
_ARCHIVE = "/bot-orchestration/stop-and-archive-bot/{bot_name}"


def is_over(life: Json) -> bool:
    return life["ended_at"] is not None


def assert_never_two_at_once(lives: list[Json]) -> None:
    """See that each instance had stopped trading when the next one began."""
    traded = [life for life in lives if life["traded"]]
    for before, after in pairwise(traded):
        assert before["trading_until"] is not None
        assert before["trading_until"] <= after["trading_from"]


async def test_stop_cancels_the_orders_and_ends_the_instance(patient: World) -> None:
    bot = await patient.make_running()

    answer = await patient.stop(bot)

    assert (answer["status"], answer["bot_id"]) == ("stopped", bot["id"])
    now = answer["bot"]
    assert (now["status"], now["desired_state"]) == ("stopped", "stopped")
    assert (now["runtime"]["instance"], now["runtime"]["performance"]) == (None, None)
    assert now["allowed_actions"] == ["start", "edit", "delete"]
    (life,) = await patient.lives(bot)
    assert is_over(life)
    assert life["orders_cancelled"] is True
    (run,) = await patient.runs(bot)
    assert (run["phase"], run["outcome"], run["orders_cancelled"]) == ("ended", "stopped", "yes")
    assert run["instance"] == life["instance"]
    assert run["performance"].keys() >= {"volume_traded", "global_pnl_quote"}
    assert await patient.door.count("POST", _ARCHIVE) == 1


async def test_stop_is_shown_while_it_goes_on(world: World) -> None:
    bot = await world.make_running()

    await world.stop(bot)
    shown = await world.until_state(bot, "stopping")

    assert (shown["status"], shown["desired_state"]) == ("running", "stopped")
    assert shown["allowed_actions"] == ["start", "edit", "delete"]
    assert (await world.stop(bot))["status"] == "stopping"
    await world.until_state(bot, "stopped")
    assert [run["generation"] for run in await world.runs(bot)] == [1]


async def test_stop_of_what_does_not_run_writes_nothing(world: World) -> None:
    bot = await world.make_bot()
    await world.until_looks(2)
    before = await world.get("/events")

    answer = await world.stop(bot)

    assert (answer["status"], answer["bot"]["status"]) == ("already_stopped", "stopped")
    after = await world.get("/events")
    assert [event for event in after["events"] if event["subject"] == bot["id"]] == [
        event for event in before["events"] if event["subject"] == bot["id"]
    ]
    assert await world.runs(bot) == []


async def test_stop_before_anything_was_sent_cancels_the_start(world: World) -> None:
    await world.door.fault("exchange_slow")
    bot = await world.make_bot()
    await world.start(bot)
    await world.until_state(bot, "starting")

    answer = await world.stop(bot)

    assert answer["status"] == "stopped"
    assert answer["bot"]["runtime"]["reason"] == "start_cancelled"
    await world.door.end("exchange_slow")
    await world.until_looks(10)
    assert await world.door.count("POST", DEPLOY) == 0
    (run,) = await world.runs(bot)
    assert (run["outcome"], run["orders_cancelled"]) == ("cancelled", None)


async def test_stop_while_the_deploy_is_under_way_stops_what_comes_of_it(world: World) -> None:
    await world.door.fault("late_deploy")
    bot = await world.make_bot()
    await world.start(bot)
    await world.door.until_arrived("POST", DEPLOY)

    await world.stop(bot)
    shown = await world.until_state(bot, "stopping")
    await world.door.end("late_deploy")

    assert shown["runtime"]["reason"] == "deploy_unsettled"
    await world.until_state(bot, "stopped")
    lives = await world.lives(bot)
    assert all(is_over(life) for life in lives)
    assert [run["outcome"] for run in await world.runs(bot)] == ["stopped"]


async def test_stop_while_it_boots_waits_until_it_can_hear(world: World) -> None:
    await world.door.fault("slow_boot")
    bot = await world.make_bot()
    await world.start(bot)
    await world.until_bot(bot, lambda now: now["runtime"]["instance"] is not None)

    assert (await world.stop(bot))["status"] == "stopping"

    await world.until_state(bot, "stopped")
    (life,) = await world.lives(bot)
    assert is_over(life)
    assert life["orders_cancelled"] is not False
    (run,) = await world.runs(bot)
    assert run["outcome"] == "stopped"


async def test_bot_that_does_not_obey_is_ended_only_by_force(world: World, door: Door) -> None:
    bot = await world.make_running()
    instance = bot["runtime"]["instance"]
    await door.fault("frozen", bot=instance)
    await world.until_bot(bot, lambda now: now["runtime"]["reason"] == "no_heartbeat")

    assert (await world.stop(bot))["status"] == "stopping"
    silent = await world.until_bot(bot, lambda now: now["runtime"]["reason"] == "broker_silent")
    assert silent["runtime"]["state"] == "stopping"
    assert "force" in silent["health_message"]
    assert silent["health_status"] == "error"
    assert silent["allowed_actions"] == ["start", "stop", "edit", "delete"]
    assert await door.count("POST", _ARCHIVE) == 0
    (life,) = await world.lives(bot)
    assert not is_over(life)

    await world.stop(bot, force=True)

    await world.until_state(bot, "stopped")
    (life,) = await world.lives(bot)
    assert is_over(life)
    assert life["orders_cancelled"] is False
    (run,) = await world.runs(bot)
    assert (run["outcome"], run["orders_cancelled"]) == ("stopped", "unknown")
    actions = await world.actions(f"/bots/{bot['id']}/events")
    assert [action for action in actions if "stop_" in action] == [
        "bot.stop_requested",
        "bot.stop_forced",
    ]


async def test_bot_that_freezes_just_before_its_stop_is_not_ended_with_its_orders_open(
    world: World, door: Door
) -> None:
    """For 30 s the upstream calls it active, and ``stopped``, as one that has obeyed."""
    bot = await world.make_running()
    await door.fault("frozen", bot=bot["runtime"]["instance"])

    await world.stop(bot)
    shown = await world.until_bot(
        bot, lambda now: now["runtime"]["reason"] in ("broker_silent", "stopped")
    )

    assert shown["runtime"]["state"] == "stopping"
    assert not is_over((await world.lives(bot))[0])


async def test_age_of_a_look_is_told_only_with_what_it_saw(world: World, database_url: str) -> None:
    """Else a stop takes what an older look saw for something that the bot has done since."""
    bot = await world.make_running(**STILL)
    holder = await asyncpg.connect(database_url)
    connection = world.stored.connection
    await world.door.fault("frozen", bot=bot["runtime"]["instance"])
    frozen_at = await connection.fetchval("SELECT clock_timestamp()")
    async with holder.transaction():
        await holder.execute("SELECT FROM bots FOR UPDATE")

        # The first look that finds it silent waits for the row, while the leader's heart beats on.
        await until(lambda: connection.fetchval(_WAITING), lambda count: count > 0)
        soon = await connection.fetchval(_BEAT) + timedelta(seconds=0.3)
        await until(lambda: connection.fetchval(_BEAT), lambda beat_at: beat_at > soon)

        looked_at = await connection.fetchval("SELECT last_look_at FROM heartbeats")
        assert looked_at - frozen_at < timedelta(seconds=30 / SPEED)
    await holder.close()


async def test_stop_that_cannot_be_told_is_an_alert_and_not_forgotten(world: World) -> None:
    """The upstream was started anew while Docker is dead: it lists no bot, but they run."""
    bot = await world.make_running()
    await world.door.fault("docker_dead")
    await world.door.fault("broker_dead")
    await world.door.fault("api_restart", seconds=1)
    await world.until_state(bot, "unknown")

    await world.stop(bot)

    silent = await world.until_bot(bot, lambda now: now["runtime"]["reason"] == "broker_silent")
    assert (silent["runtime"]["state"], silent["health_status"]) == ("stopping", "error")
    assert "stop" in silent["allowed_actions"]
    for fault in ("docker_dead", "broker_dead"):
        await world.door.end(fault)
    await world.until_state(bot, "stopped")
    (life,) = await world.lives(bot)
    assert life["orders_cancelled"] is True


async def test_bot_that_obeys_late_is_archived_then(world: World) -> None:
    bot = await world.make_running()
    await world.door.fault("frozen", bot=bot["runtime"]["instance"])
    await world.stop(bot)
    await world.until_state(bot, "stopping")
    await world.until_looks(5)

    await world.door.end("frozen")

    await world.until_state(bot, "stopped")
    (life,) = await world.lives(bot)
    assert life["orders_cancelled"] is True


async def test_start_behind_a_stop_runs_after_it(world: World) -> None:
    bot = await world.make_running()
    await world.stop(bot)
    await world.until_state(bot, "stopping")

    assert [(await world.start(bot))["status"] for _ in range(2)] == ["starting", "starting"]

    await world.until_state(bot, "running")
    lives = await world.lives(bot)
    assert len(lives) == 2
    assert lives[0]["orders_cancelled"] is True
    assert_never_two_at_once(lives)
    newest, oldest = await world.runs(bot)
    assert (newest["outcome"], oldest["outcome"]) == (None, "stopped")


async def test_stop_takes_back_the_start_behind_it(world: World) -> None:
    bot = await world.make_running()
    await world.stop(bot)
    await world.until_state(bot, "stopping")
    await world.start(bot)
    await world.until_bot(bot, lambda now: now["desired_state"] == "running")

    assert (await world.stop(bot))["status"] == "stopping"

    await world.until_state(bot, "stopped")
    await world.until_looks(5)
    assert (await world.bot(bot))["status"] == "stopped"
    assert len(await world.lives(bot)) == 1


async def test_bot_that_died_at_boot_is_told_and_can_be_started_again(world: World) -> None:
    await world.door.fault("dies_at_boot")
    bot = await world.make_bot()

    await world.start(bot)
    failed = await world.until_state(bot, "error")
    assert failed["runtime"]["reason"] == "boot_failed"
    assert (failed["status"], failed["health_status"]) == ("error", "error")
    assert "start" in failed["allowed_actions"]

    await world.door.end("dies_at_boot")
    await world.start(bot)

    await world.until_state(bot, "running")
    first, second = await world.lives(bot)
    assert (first["traded"], second["traded"]) == (False, True)


async def test_lost_bot_is_told_and_can_be_started_again(world: World) -> None:
    bot = await world.make_running()
    await world.door.fault("killed", seconds=0, bot=bot["runtime"]["instance"])
    lost = await world.until_state(bot, "lost")
    assert (lost["status"], lost["health_status"]) == ("error", "error")
    assert "open orders" in lost["health_message"]

    await world.start(bot)

    await world.until_state(bot, "running")
    assert_never_two_at_once(await world.lives(bot))
    outcomes = [run["outcome"] for run in await world.runs(bot)]
    assert outcomes[0] is None
    assert len(outcomes) == 2


async def test_lost_bot_can_be_stopped(world: World) -> None:
    bot = await world.make_running()
    await world.door.fault("killed", seconds=0, bot=bot["runtime"]["instance"])
    await world.until_state(bot, "lost")

    await world.stop(bot)

    await world.until_state(bot, "stopped")
    assert await world.upstream("/docker/exited-containers") == []


async def test_bot_that_does_not_trade_is_told_and_can_be_started_again(
    make_server: MakeServer, door: Door, stored: Stored
) -> None:
    world = World(await make_server(BRIDGE_GRACE_SECONDS="30"), door, stored)
    await world.until_looked()
    client = await world.make_client()
    await world.until_connector(client, "synced")
    await door.fault("exchange_dead")
    bot = await world.make_bot(account=client["account_identifier"])

    await world.start(bot)
    failed = await world.until_state(bot, "error")
    assert failed["runtime"]["reason"] == "not_trading"
    assert failed["health_message"]
    assert failed["allowed_actions"] == ["start", "stop", "edit", "delete"]

    await door.end("exchange_dead")
    await until(lambda: world.bot(bot), lambda now: now["runtime"]["state"] != "starting")
    if (await world.bot(bot))["runtime"]["state"] == "error":
        await world.start(bot)
    await world.until_state(bot, "running")
    assert_never_two_at_once(await world.lives(bot))


@pytest.mark.parametrize("fault", ["api_restart", "docker_dead"])
async def test_stop_survives_an_upstream_that_fails_meanwhile(world: World, fault: str) -> None:
    bot = await world.make_running()
    await world.stop(bot)
    await world.until_state(bot, "stopping")

    await world.door.fault(fault, seconds=10)

    await world.until_state(bot, "stopped")
    (life,) = await world.lives(bot)
    assert is_over(life)
    assert life["orders_cancelled"] is True

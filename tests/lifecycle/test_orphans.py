"""Instances that no bot of ours has: listed, and stopped or adopted only by people."""

from typing import Final

import pytest
from tests.api.calls import ok, problem
from tests.api.inputs import MISSING_ID
from tests.contract.simulator_door import BOT
from tests.lifecycle.world import SPREAD, Json, World, until

from bridge.lifecycle.pace import Pauses

_NAME: Final = f"{BOT}-20261122-081044"
_CONFIGS: Final = "/controllers/bots/{bot_name}/configs"


@pytest.fixture
async def orphan(world: World) -> Json:
    """An instance that was deployed past the bridge, for account acme."""
    await world.door.prepare()
    await world.door.deploy()
    found = await until(lambda: world.get("/orphans"), _is_known)
    return found["orphans"][0]


def _is_known(found: Json) -> bool:
    return any(each["account"] and each["condition"] == "trading" for each in found["orphans"])


async def _acme(world: World) -> str:
    client = await world.make_client(account_identifier="acme")
    return client["account_identifier"]


async def _adopt(world: World, orphan: Json, bot: Json) -> Json:
    return await world.api.post(f"/orphans/{orphan['instance']}/adopt", {"bot_id": bot["id"]})


async def test_orphan_is_listed_with_account_connector_and_pair(world: World, orphan: Json) -> None:
    first_seen_at = orphan.pop("first_seen_at")

    assert orphan == {
        "instance": (await world.ledger())[0]["instance"],
        "instance_name": BOT,
        "account": "acme",
        "connector": "bitmart",
        "pair": "SHARP-USDT",
        "condition": "trading",
        "is_stopping": False,
    }
    assert first_seen_at
    await world.until_looks(5)
    assert (await world.ledger())[0]["ended_at"] is None  # left alone
    assert await world.door.count("POST", "/bot-orchestration/stop-bot") == 0


async def test_stopped_orphan_ends_with_its_orders_cancelled(world: World, orphan: Json) -> None:
    path = f"/orphans/{orphan['instance']}/stop"

    assert ok(await world.api.post(path)) == {
        "status": "stopping",
        "instance": orphan["instance"],
    }
    assert ok(await world.api.post(path, {}))["status"] == "stopping"

    await until(lambda: world.get("/orphans"), lambda found: found == {"orphans": []})
    (life,) = await world.ledger()
    assert life["ended_at"] is not None
    assert life["orders_cancelled"] is True
    problem(await world.api.post(path), 404, "orphan-not-found")
    assert "orphan.stop_requested" in await world.actions("/events")


@pytest.fixture
async def riddle(world: World) -> Json:
    """An orphan whose config the upstream cannot tell, as of a bot that runs on another host."""
    await world.door.fault("plain_500", path="/controllers/bots/")
    await world.door.prepare()
    await world.door.deploy()
    found = await until(lambda: world.get("/orphans"), lambda found: found["orphans"] != [])
    # One that never traded has no orders that a stop could cancel.
    await until(world.ledger, lambda lives: lives[0]["traded"])
    return found["orphans"][0]


async def test_orphan_that_nothing_can_be_asked_about_is_stopped_all_the_same(
    world: World, riddle: Json
) -> None:
    ok(await world.api.post(f"/orphans/{riddle['instance']}/stop"))

    await until(lambda: world.get("/orphans"), lambda found: found == {"orphans": []})
    (life,) = await world.ledger()
    assert life["orders_cancelled"] is True


@pytest.mark.usefixtures("riddle")
async def test_orphan_that_nothing_can_be_asked_about_is_not_asked_all_the_time(
    world: World,
) -> None:
    asked, began = await world.door.count("GET", _CONFIGS), await world.door.now()

    await world.until_looks(20)

    most = (await world.door.now() - began) / Pauses().retry + 2
    assert await world.door.count("GET", _CONFIGS) - asked <= most


async def test_adopted_orphan_is_the_bots_running_instance(world: World, orphan: Json) -> None:
    bot = await world.make_bot(account=await _acme(world))

    adopted = ok(await _adopt(world, orphan, bot))

    assert (adopted["status"], adopted["instance"]) == ("adopted", orphan["instance"])
    assert adopted["bot"]["desired_state"] == "running"
    shown = await world.until_state(bot, "running")
    assert shown["runtime"]["instance"] == orphan["instance"]
    assert (await world.get("/orphans"))["orphans"] == []
    assert (await world.start(bot))["status"] == "already_running"
    problem(await _adopt(world, orphan, bot), 404, "orphan-not-found")
    (run,) = await world.runs(bot)
    assert run["instance"] == orphan["instance"]
    assert "orphan.adopted" in await world.actions(f"/bots/{bot['id']}/events")

    await world.stop(bot)

    await world.until_state(bot, "stopped")
    (life,) = await world.ledger()
    assert life["orders_cancelled"] is True
    assert [run["outcome"] for run in await world.runs(bot)] == ["stopped"]


async def test_adopted_orphan_is_not_shown_to_run_a_definition_that_it_was_not_made_from(
    world: World, orphan: Json
) -> None:
    before = await world.copies(orphan["instance"])
    bot = await world.make_bot(account=await _acme(world), config=SPREAD | {"order_amount": 7})
    ok(await _adopt(world, orphan, bot))
    shown = await world.until_state(bot, "running")
    assert shown["runtime"]["revision"] is None

    ok(await world.api.put(f"/bots/{bot['id']}", {"config": SPREAD | {"order_amount": 8}}))
    await world.until_looks(10)

    shown = await world.bot(bot)
    assert (shown["revision"], shown["runtime"]["revision"]) == (2, None)
    assert await world.copies(orphan["instance"]) == before
    assert [run["revision"] for run in await world.runs(bot)] == [0]


async def test_orphan_goes_only_to_a_bot_that_would_be_the_same(world: World, orphan: Json) -> None:
    acme = await _acme(world)
    others = [
        await world.make_bot(),
        await world.make_bot(account=acme, connector="kraken"),
        await world.make_bot(account=acme, pair="BTC/USDT"),
    ]
    for bot in others:
        said = problem(await _adopt(world, orphan, bot), 409, "adoption-refused")
        assert "acme, bitmart, SHARP-USDT" in said["detail"]

    missing = {"bot_id": MISSING_ID}
    answer = await world.api.post(f"/orphans/{orphan['instance']}/adopt", missing)
    problem(answer, 404, "bot-not-found")
    for bot in others:
        assert (await world.bot(bot))["desired_state"] == "stopped"
    assert "orphan.adopted" not in await world.actions("/events")


async def test_orphan_does_not_go_to_a_bot_with_a_run(world: World, orphan: Json) -> None:
    bot = await world.make_running(account=await _acme(world))

    said = problem(await _adopt(world, orphan, bot), 409, "adoption-refused")

    assert "instance of its own" in said["detail"]
    assert (await world.bot(bot))["runtime"]["instance"] != orphan["instance"]


async def test_orphan_that_is_being_stopped_is_not_adopted(world: World, orphan: Json) -> None:
    bot = await world.make_bot(account=await _acme(world))
    await world.door.fault("frozen", bot=orphan["instance"])
    ok(await world.api.post(f"/orphans/{orphan['instance']}/stop"))

    problem(await _adopt(world, orphan, bot), 409, "adoption-refused")


async def test_container_of_the_host_that_is_no_bot_is_never_an_orphan(world: World) -> None:
    """Also when its name looks like one of ours."""
    foreign = ("postgres", _NAME)
    for name in foreign:
        await world.door.control("POST", "containers", {"name": name})
    await world.make_running()  # asks for the container lists

    assert await world.get("/orphans") == {"orphans": []}
    for name in foreign:
        problem(await world.api.post(f"/orphans/{name}/stop"), 404, "orphan-not-found")
    assert foreign[0] not in " ".join(await world.stored.texts())


async def test_container_beside_an_orphan_is_not_one_by_its_name(
    world: World, orphan: Json
) -> None:
    await world.door.control("POST", "containers", {"name": _NAME})
    await world.make_running()  # asks for the container lists

    (listed,) = (await world.get("/orphans"))["orphans"]
    assert listed["instance"] == orphan["instance"] != _NAME


async def test_name_that_is_none_is_not_found(world: World) -> None:
    for name in ("x" * 300, "%00", "a%20b"):
        problem(await world.api.post(f"/orphans/{name}/stop"), 404, "orphan-not-found")


async def test_stranger_of_a_bots_own_name_is_a_conflict_that_a_stop_ends(world: World) -> None:
    bot = await world.make_running()
    await world.door.prepare()
    body = {
        "instance_name": bot["instance_name"],
        "credentials_profile": "acme",
        "controllers_config": ["c1"],
    }
    answer = await world.door.call("POST", "/bot-orchestration/deploy-v2-controllers", body)
    assert answer.status == 200

    shown = await world.until_state(bot, "conflict")
    assert (shown["status"], shown["health_status"]) == ("error", "error")
    assert shown["runtime"]["reason"] == "two_instances"
    assert (await world.get("/orphans"))["orphans"] == []

    await world.stop(bot)

    await world.until_state(bot, "stopped")
    lives = await world.lives(bot)
    assert len(lives) == 2
    assert all(life["orders_cancelled"] is not False for life in lives)
    assert all(life["ended_at"] is not None for life in lives)

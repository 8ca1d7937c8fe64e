"""Changing a bot that runs: at once where it can be, else at the next start."""

import pytest
from tests.api.calls import ok, problem
from tests.lifecycle.world import SPREAD, Json, World, until

_UPDATE = "/controllers/bots/{bot_name}/{controller_name}/config"
_RULES = "/connectors/{connector_name}/trading-rules"


async def _change(world: World, bot: Json, **change: object) -> Json:
    return ok(await world.api.put(f"/bots/{bot['id']}", change))


def _revisions(bot: Json) -> tuple[int, int]:
    return bot["revision"], bot["runtime"]["revision"]


async def test_change_that_a_bot_takes_over_reaches_its_instance(world: World) -> None:
    bot = await world.make_running()
    instance = bot["runtime"]["instance"]
    (before,) = await world.copies(instance)

    changed = await _change(world, bot, config=SPREAD | {"bid_spread": 0.005, "order_amount": 50})

    assert (changed["revision"], changed["config"]["bid_spread"]) == (2, 0.005)
    shown = await world.until_bot(bot, lambda now: now["runtime"]["revision"] == 2)
    assert shown["runtime"]["instance"] == instance
    (after,) = await world.copies(instance)
    assert after == before | {"buy_spreads": [0.005], "order_amount": 50}
    assert len(await world.lives(bot)) == 1
    assert [run["revision"] for run in await world.runs(bot)] == [2]


async def test_change_that_a_bot_cannot_take_over_applies_at_the_next_start(world: World) -> None:
    limits = {"max_global_drawdown_quote": 25, "max_controller_drawdown_quote": 12}
    bot = await world.make_running()
    (before,) = await world.copies(bot["runtime"]["instance"])

    await _change(world, bot, config=SPREAD | limits | {"bid_spread": 0.005})
    await world.until_looks(10)

    shown = await world.bot(bot)
    assert _revisions(shown) == (2, 1)
    assert shown["runtime"]["instance"] == bot["runtime"]["instance"]
    assert await world.copies(bot["runtime"]["instance"]) == [before]
    await world.stop(bot)
    await world.until_state(bot, "stopped")
    await world.start(bot)
    assert _revisions(await world.until_state(bot, "running")) == (2, 2)
    assert (await world.deployments())[0].items() >= limits.items()


async def test_change_that_lacks_what_a_start_needs_leaves_what_runs_alone(world: World) -> None:
    bot = await world.make_running()
    (before,) = await world.copies(bot["runtime"]["instance"])

    await _change(world, bot, config={"bid_spread": 0.005})

    seen = "SELECT seen_revision FROM runs"  # else it is looked at again all the time
    await until(lambda: world.stored.connection.fetchval(seen), lambda revision: revision == 2)
    assert _revisions(await world.bot(bot)) == (2, 1)
    assert await world.copies(bot["runtime"]["instance"]) == [before]


async def test_change_back_to_what_runs_is_what_runs(world: World) -> None:
    bot = await world.make_running()
    await _change(world, bot, config=SPREAD | {"max_global_drawdown_quote": 25})
    await world.until_looks(5)
    assert _revisions(await world.bot(bot)) == (2, 1)

    await _change(world, bot, config=SPREAD)

    shown = await world.until_bot(bot, lambda now: now["runtime"]["revision"] == 3)
    assert _revisions(shown) == (3, 3)


async def test_new_name_is_known_to_the_instance_without_telling_it(world: World) -> None:
    bot = await world.make_running()
    (before,) = await world.copies(bot["runtime"]["instance"])

    await _change(world, bot, name="Other")

    await world.until_bot(bot, lambda now: now["runtime"]["revision"] == 2)
    assert await world.copies(bot["runtime"]["instance"]) == [before]


async def test_change_of_a_moved_revision_is_refused(world: World) -> None:
    bot = await world.make_running()
    await _change(world, bot, name="Other", revision=1)

    answer = await world.api.put(f"/bots/{bot['id']}", {"name": "Third", "revision": 1})

    problem(answer, 409, "revision-moved")
    assert (await world.bot(bot))["name"] == "Other"


async def test_change_is_brought_once_the_upstream_takes_it(world: World) -> None:
    bot = await world.make_running()
    await world.door.fault("bad_gateway", path="/controllers/bots/", times=2)

    await _change(world, bot, config=SPREAD | {"ask_spread": 0.009})

    await world.until_bot(bot, lambda now: now["runtime"]["revision"] == 2)
    (copy,) = await world.copies(bot["runtime"]["instance"])
    assert copy["sell_spreads"] == [0.009]


@pytest.mark.parametrize("speed", [10.0])  # slow enough to take it back before the next try
async def test_change_in_doubt_is_taken_back_with_the_definition(world: World) -> None:
    bot = await world.make_running()
    (before,) = await world.copies(bot["runtime"]["instance"])
    await world.door.fault("lost_answer", path="/controllers/bots/", times=1)
    await _change(world, bot, config=SPREAD | {"bid_spread": 0.05})
    await until(lambda: world.door.count("POST", _UPDATE), lambda count: count == 1)

    await _change(world, bot, config=SPREAD)

    await world.until_bot(bot, lambda now: now["runtime"]["revision"] == 3)
    assert await world.copies(bot["runtime"]["instance"]) == [before]


async def test_change_before_anything_is_sent_is_what_is_sent(world: World) -> None:
    bot = await world.make_bot()
    await _change(world, bot, config=SPREAD | {"bid_spread": 0.007})

    await world.start(bot)

    shown = await world.until_state(bot, "running")
    assert _revisions(shown) == (2, 2)
    (copy,) = await world.copies(shown["runtime"]["instance"])
    assert copy["buy_spreads"] == [0.007]


async def test_newer_credentials_are_given_to_the_next_instance_only(world: World) -> None:
    bot = await world.make_running()
    newer = {"name": "bitmart", "api_key": "newer", "api_secret": "s", "memo": "m"}

    ok(await world.api.put(f"/clients/{bot['client_id']}/connector", newer))
    await world.until_connector({"id": bot["client_id"]}, "synced")

    shown = await world.bot(bot)
    assert shown["runtime"]["instance"] == bot["runtime"]["instance"]
    assert len(await world.lives(bot)) == 1


async def test_change_while_a_start_is_prepared_is_what_runs_once_it_is_shown_so(
    world: World,
) -> None:
    bot = await _start_held_up(world)

    await _change(world, bot, config=SPREAD | {"order_amount": 7})

    shown = await world.until_state(bot, "running")
    assert _revisions(shown) == (2, 2)
    (copy,) = await world.copies(shown["runtime"]["instance"])
    assert copy["order_amount"] == 7


async def test_change_that_a_start_cannot_use_ends_it_and_says_what_is_missing(
    world: World,
) -> None:
    bot = await _start_held_up(world)
    lists = await world.door.count("GET", "/docker/active-containers")

    await _change(world, bot, config={"bid_spread": 0.003})

    shown = await world.until_state(bot, "error")
    assert shown["runtime"]["reason"] == "deploy_failed"
    assert "order_amount" in shown["error"]
    assert await world.door.count("GET", "/docker/active-containers") <= lists + 2
    assert await world.lives(bot) == []


async def _start_held_up(world: World) -> Json:
    """Return a bot whose start has read the definition and waits for the upstream."""
    client = await world.make_client()
    await world.until_connector(client, "synced")
    bot = await world.make_bot(account=client["account_identifier"])
    await world.door.fault("hang", path="/connectors/bitmart/trading-rules", times=1)
    await world.start(bot)
    await until(lambda: world.door.count("GET", _RULES), lambda count: count > 0)
    return bot

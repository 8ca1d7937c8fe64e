"""Stopping every bot of an account, or all of them, on a bad day."""

import asyncio
from itertools import pairwise

from tests.api.calls import ok, problem
from tests.lifecycle.world import Json, World

_ARCHIVE_SECONDS = 15  # what the upstream itself takes for one


async def _stop_all(world: World, body: object = None) -> dict[str, str]:
    """Return the answer's status by bot."""
    answer = await (
        world.api.post("/bots/stop-all") if body is None else world.api.post("/bots/stop-all", body)
    )
    return {each["bot_id"]: each["status"] for each in ok(answer)["bots"]}


async def _make_running(world: World, count: int, **definition: object) -> list[Json]:
    bots = [await world.make_bot(**definition) for _ in range(count)]
    await asyncio.gather(*(world.start(bot) for bot in bots))
    return [await world.until_state(bot, "running") for bot in bots]


async def test_bots_of_one_account_are_stopped_and_all_others_left_alone(world: World) -> None:
    client = await world.make_client()
    account = client["account_identifier"]
    first, second = await _make_running(world, 2, account=account)
    still = await world.make_bot(account=account)
    other = await world.make_running()

    answer = await _stop_all(world, {"account": account})
    repeated = await _stop_all(world, {"account": account})

    assert answer == {
        first["id"]: "stopping",
        second["id"]: "stopping",
        still["id"]: "already_stopped",
    }
    assert repeated.keys() == answer.keys()
    assert set(repeated.values()) <= {"stopping", "already_stopped"}
    for bot in (first, second):
        await world.until_state(bot, "stopped")
        (life,) = await world.lives(bot)
        assert life["orders_cancelled"] is True
        actions = await world.actions(f"/bots/{bot['id']}/events")
        assert actions.count("bot.stop_requested") == 1
    assert (await world.bot(other))["runtime"]["state"] == "running"
    assert set((await _stop_all(world, {"account": account})).values()) == {"already_stopped"}


async def test_account_that_nobody_has_is_unknown_and_one_without_bots_is_not(
    world: World,
) -> None:
    client = await world.make_client()
    account = client["account_identifier"]

    for _ in "12":
        answer = await world.api.post("/bots/stop-all", {"account": "nobody"}, Idempotency_Key="k")
        problem(answer, 404, "client-not-found")
    assert await _stop_all(world, {"account": account}) == {}
    ok(await world.api.delete(f"/clients/{client['id']}"))
    answer = await world.api.post("/bots/stop-all", {"account": account})
    problem(answer, 404, "client-not-found")


async def test_all_bots_stop_trading_at_once_but_are_archived_two_at_a_time(world: World) -> None:
    client = await world.make_client()
    bots = await _make_running(world, 5, account=client["account_identifier"])

    answer = await _stop_all(world)

    assert answer == {bot["id"]: "stopping" for bot in bots}
    for bot in bots:
        await world.until_state(bot, "stopped")
    lives = sorted(await world.ledger(), key=lambda life: life["ended_at"])
    assert len(lives) == 5
    assert all(life["orders_cancelled"] is True for life in lives)
    assert max(life["trading_until"] for life in lives) < lives[0]["ended_at"]
    for before, after in pairwise(pairwise(lives)):
        # Of any three one begins when another one is over.
        assert after[1]["ended_at"] - before[0]["ended_at"] > _ARCHIVE_SECONDS / 2


async def test_stop_of_all_takes_back_starts(world: World) -> None:
    await world.door.fault("exchange_slow")
    bot = await world.make_bot()
    await world.start(bot)
    await world.until_state(bot, "starting")

    assert (await _stop_all(world, {}))[bot["id"]] in ("stopped", "stopping")

    await world.until_state(bot, "stopped")
    assert await world.lives(bot) == []


async def test_answer_that_names_a_failure_is_not_kept_under_its_key(world: World) -> None:
    """Else nobody could ask again for the bot that could not be asked."""
    stuck, _ = [await world.make_bot() for _ in range(2)]
    key = {"Idempotency-Key": "the-same"}
    connection = world.stored.connection
    async with connection.transaction():
        await connection.execute("SELECT FROM bots WHERE id = $1 FOR UPDATE", stuck["id"])
        first = await world.api.call("POST", "/bots/stop-all", headers=key)

    second = await world.api.call("POST", "/bots/stop-all", headers=key)
    third = await world.api.call("POST", "/bots/stop-all", headers=key)

    said = [[each["status"] for each in ok(answer)["bots"]] for answer in (first, second, third)]
    assert sorted(said[0]) == ["already_stopped", "failed"]
    assert said[1] == said[2] == ["already_stopped", "already_stopped"]
    kept = ["Idempotent-Replayed" in answer.headers for answer in (first, second, third)]
    assert kept == [False, False, True]


async def test_bot_that_cannot_be_asked_keeps_no_other_from_being_stopped(world: World) -> None:
    client = await world.make_client()
    bots = await _make_running(world, 2, account=client["account_identifier"])
    stuck, other = sorted(bots, key=lambda bot: bot["id"])
    connection = world.stored.connection
    async with connection.transaction():
        await connection.execute("SELECT FROM bots WHERE id = $1 FOR UPDATE", stuck["id"])

        answer = await _stop_all(world)

    assert answer == {stuck["id"]: "failed", other["id"]: "stopping"}
    await world.until_state(other, "stopped")
    assert (await world.bot(stuck))["desired_state"] == "running"
    assert (await _stop_all(world))[stuck["id"]] == "stopping"
    await world.until_state(stuck, "stopped")


async def test_body_that_means_something_else_stops_nobody(world: World) -> None:
    bot = await world.make_running()

    for body in ({"acount": "x"}, {"account": 7}, [bot["account"]]):
        answer = await world.api.post("/bots/stop-all", body)
        problem(answer, answer.status, answer.json["code"])
        assert answer.status in (400, 422)

    assert (await world.bot(bot))["desired_state"] == "running"

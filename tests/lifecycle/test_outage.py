"""An upstream that cannot be reached: what is shown, what is refused, what happens after it."""

from tests.api.calls import problem
from tests.lifecycle.world import World, until


async def test_outage_shows_nothing_as_known_and_forgets_nothing(world: World) -> None:
    running = await world.make_running()
    stopped = await world.make_bot(account=running["account"])
    await world.door.fault("down")
    await world.until_looks_are_old()

    blind = await world.bot(running)
    assert (blind["runtime"]["state"], blind["runtime"]["reason"]) == (
        "unknown",
        "hummingbot_unreachable",
    )
    assert (blind["status"], blind["health_status"]) == ("running", "unknown")
    assert blind["runtime"]["stale"] is True
    assert blind["runtime"]["stale_reason"].startswith("upstream-")
    assert blind["allowed_actions"] == ["stop", "edit", "delete"]
    assert (await world.bot(stopped))["runtime"]["state"] == "stopped"
    assert (await world.get("/health"))["hummingbot"] == "unreachable"
    assert await world.get("/bots/health/summary") == {
        "healthy": 0,
        "stale": 0,
        "stopped": 1,
        "error": 0,
        "unknown": 1,
        "total_bots": 2,
    }

    before = await world.rows()
    for bot in (running, stopped):
        answer = await world.api.post(f"/bots/{bot['id']}/start")
        assert "nothing was changed" in problem(answer, 503, "hummingbot-unavailable")["detail"]
    assert await world.rows() == before

    assert (await world.stop(running))["status"] == "stopping"
    shown = await world.until_state(running, "stopping")
    assert shown["runtime"]["reason"] == "hummingbot_unreachable"
    assert "may still be trading" in shown["health_message"]

    await world.door.end("down")
    await world.until_state(running, "stopped")
    (life,) = await world.lives(running)
    assert life["orders_cancelled"] is True
    await world.start(stopped)
    await world.until_state(stopped, "running")


async def test_upstream_whose_answers_cannot_be_read_is_not_one_without_bots(world: World) -> None:
    bot = await world.make_running()
    for fault in ("html", "bad_gateway", "plain_500", "half_body", "reset"):
        await world.door.fault(fault, path="/bot-orchestration/status", times=2)
        looks = await world.looks()
        await until(world.looks, lambda count, looks=looks: count >= looks + 3)
        assert (await world.bot(bot))["runtime"]["state"] in ("running", "unknown")

    await world.until_state(bot, "running")
    assert [run["outcome"] for run in await world.runs(bot)] == [None]
    events = await world.get(f"/bots/{bot['id']}/events")
    moved = {event["detail"].get("to") for event in events["events"]}
    assert not moved & {"stopped", "stopping", "error", "lost", "conflict"}

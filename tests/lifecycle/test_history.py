"""Runs, events and health, as they are read."""

from itertools import pairwise

import pytest
from tests.api.calls import ok, problem
from tests.api.inputs import MISSING_ID
from tests.lifecycle.world import STILL, Json, World

_RUN_KEYS = {
    *("id", "generation", "phase", "attempt", "revision", "instance", "requested_at"),
    *("deployed_at", "first_active_at", "first_figures_at", "ended_at", "outcome"),
    *("orders_cancelled", "error", "performance"),
}
_EVENT_KEYS = {
    *("id", "account", "actor", "action", "subject", "detail", "request_id", "created_at")
}


async def test_every_run_is_kept_with_its_outcome_newest_first(world: World) -> None:
    bot = await world.make_running()
    assert [run["phase"] for run in await world.runs(bot)] == ["deployed"]
    await world.stop(bot)
    await world.until_state(bot, "stopped")
    await world.start(bot)
    await world.until_state(bot, "running")

    newest, oldest = await world.runs(bot)

    assert newest.keys() == oldest.keys() == _RUN_KEYS
    assert (newest["phase"], newest["outcome"], newest["ended_at"]) == ("deployed", None, None)
    assert (oldest["phase"], oldest["outcome"]) == ("ended", "stopped")
    assert newest["generation"] > oldest["generation"]
    assert newest["instance"] != oldest["instance"]
    moments = ("requested_at", "deployed_at", "first_active_at", "first_figures_at", "ended_at")
    assert sorted(oldest[name] for name in moments) == [oldest[name] for name in moments]


async def test_figures_of_a_later_run_are_shown_also_when_they_are_those_of_the_one_before(
    world: World,
) -> None:
    def has_figures(now: Json) -> bool:
        return now["runtime"]["performance"] is not None

    bot = await world.make_running(**STILL)
    before = await world.until_bot(bot, has_figures)
    await world.stop(bot)
    assert not has_figures(await world.until_state(bot, "stopped"))

    await world.start(bot)

    after = await world.until_bot(bot, has_figures)
    assert after["runtime"]["performance"] == before["runtime"]["performance"]
    assert after["runtime"]["instance"] != before["runtime"]["instance"]


async def test_events_of_a_bot_tell_its_whole_story(patient: World) -> None:
    bot = await patient.make_running()
    await patient.stop(bot)
    await patient.until_state(bot, "stopped")

    events = list(reversed((await patient.get(f"/bots/{bot['id']}/events"))["events"]))

    assert all(event.keys() == _EVENT_KEYS for event in events)
    assert {event["subject"] for event in events} == {bot["id"]}
    assert {event["account"] for event in events} == {bot["account"]}
    asked = [event for event in events if event["actor"] != "bridge"]
    assert [event["action"] for event in asked] == [
        *("bot.created", "bot.start_requested", "bot.stop_requested")
    ]
    assert all(event["request_id"] for event in asked)
    moved = [event["detail"] for event in events if event["action"] == "bot.state_changed"]
    assert [detail["to"] for detail in moved] == ["starting", "running", "stopping", "stopped"]
    assert [detail["from"] for detail in moved] == ["stopped", *(m["to"] for m in moved[:-1])]
    (run,) = await patient.runs(bot)
    assert {detail.get("instance") for detail in moved} == {None, run["instance"]}


@pytest.mark.parametrize("path", ["/events?", "/bots/{id}/events?"])
async def test_events_are_paged_newest_first_without_gap_or_repetition(
    world: World, path: str
) -> None:
    bot = await world.make_bot()
    for number in range(6):
        ok(await world.api.put(f"/bots/{bot['id']}", {"name": f"Name {number}"}))
    await world.until_connector(await world.get(f"/clients/{bot['client_id']}"), "synced")
    path = path.format(id=bot["id"])
    whole = (await world.get(f"{path}limit=1000"))["events"]

    pages: list[Json] = []
    cursor = ""
    while True:
        page = await world.get(f"{path}limit=2{cursor}")
        pages.append(page["events"])
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert [event for page in pages for event in page] == whole
    assert all(len(page) == 2 for page in pages[:-1])
    moments = [(event["created_at"], event["id"]) for event in whole]
    assert all(before > after for before, after in pairwise(moments))


async def test_events_are_filtered_by_account(world: World) -> None:
    first, second = await world.make_client(), await world.make_client()
    await world.make_bot(account=first["account_identifier"])

    for client in (first, second):
        found = await world.get(f"/events?account={client['account_identifier']}")
        assert {event["account"] for event in found["events"]} == {client["account_identifier"]}
    assert await world.get("/events?account=nobody") == {"events": [], "next_cursor": None}
    accounts = {event["account"] for event in (await world.get("/events"))["events"]}
    assert accounts == {first["account_identifier"], second["account_identifier"]}


@pytest.mark.parametrize(
    "path", ["/bots/{id}/runs", "/bots/{id}/events", "POST /bots/{id}/health/check"]
)
async def test_unknown_bot_has_no_history(world: World, path: str) -> None:
    method, _, rest = path.rpartition(" ")

    answer = await world.api.call(method or "GET", rest.format(id=MISSING_ID))

    problem(answer, 404, "bot-not-found")


@pytest.mark.parametrize("path", ["/events", "/bots/{id}/events"])
async def test_page_that_cannot_be_is_refused(world: World, path: str) -> None:
    bot = await world.make_bot()
    path = path.format(id=bot["id"])

    problem(await world.api.get(f"{path}?limit=0"), 422, "invalid-input")
    problem(await world.api.get(f"{path}?cursor=not-ours"), 422, "invalid-input", "cursor")


async def test_health_counts_each_bot_once(world: World) -> None:
    running = await world.make_running()
    await world.make_bot(account=running["account"])
    await world.make_bot()
    failed = await world.make_bot(pair="UNLISTED/USDT")
    await world.start(failed)
    await world.until_state(failed, "error")

    summary = await world.get("/bots/health/summary")
    of_one = await world.get(f"/bots/health/summary?account={running['account']}")

    usual = {"healthy": 0, "stale": 0, "stopped": 0, "error": 0, "unknown": 0}
    assert summary.pop("healthy") + summary.pop("stale") == 1
    assert summary == {"stopped": 2, "error": 1, "unknown": 0, "total_bots": 4}
    assert of_one["stopped"] == 1
    assert of_one["total_bots"] == 2
    nobody = await world.get("/bots/health/summary?account=nobody")
    assert nobody == usual | {"total_bots": 0}


async def test_health_of_one_bot_is_what_is_stored_and_asks_nobody(world: World) -> None:
    bot = await world.make_bot(pair="UNLISTED/USDT")
    await world.start(bot)
    shown = await world.until_state(bot, "error")

    health = ok(await world.api.post(f"/bots/{bot['id']}/health/check"))

    assert health == {
        "bot_id": bot["id"],
        "health_status": "error",
        "health_message": shown["health_message"],
        "reason": "deploy_failed",
        "since": shown["runtime"]["since"],
    }
    assert await world.door.count("GET", "/bot-orchestration/{bot_name}/status") == 0

"""PUT /bots/{id}: name and config, with and without a revision."""

import asyncio

import pytest
from tests.api.calls import Api, ok, problem
from tests.api.inputs import MISSING_ID, Make
from tests.api.stored import Stored

_WIDER = {"bid_spread": 0.01, "ask_spread": 0.02, "order_interval": 30, "order_amount": 5}


async def test_config_is_replaced_as_a_whole(api: Api, make_bot: Make) -> None:
    bot = await make_bot(strategy="volume", config={"a": 1, "b": 2})

    changed = ok(await api.put(f"/bots/{bot['id']}", {"config": {"b": 3}}))

    assert changed["config"] == {"b": 3}
    assert (changed["name"], changed["revision"]) == (bot["name"], 2)
    assert changed["updated_at"] > bot["updated_at"]
    assert ok(await api.get(f"/bots/{bot['id']}")) == changed


async def test_name_alone_leaves_the_config(api: Api, make_bot: Make) -> None:
    bot = await make_bot()

    changed = ok(await api.put(f"/bots/{bot['id']}", {"name": " Renamed "}))

    assert (changed["name"], changed["config"]) == ("Renamed", bot["config"])


async def test_frontend_sends_name_and_config_and_never_a_revision(
    api: Api, make_bot: Make
) -> None:
    bot = await make_bot()

    changed = ok(await api.put(f"/bots/{bot['id']}", {"name": "New", "config": _WIDER}))

    assert (changed["name"], changed["config"], changed["revision"]) == ("New", _WIDER, 2)


async def test_revision_that_is_the_stored_one_is_taken(api: Api, make_bot: Make) -> None:
    bot = await make_bot()
    path = f"/bots/{bot['id']}"

    assert ok(await api.put(path, {"name": "2", "revision": 1}))["revision"] == 2
    assert ok(await api.put(path, {"name": "3", "revision": 2}))["revision"] == 3
    assert ok(await api.put(path, {"name": "4", "revision": None}))["revision"] == 4


@pytest.mark.parametrize("revision", [1, 3, 2**31 - 1])
async def test_revision_that_moved_is_a_conflict_and_nothing_is_stored(
    api: Api, make_bot: Make, stored: Stored, revision: int
) -> None:
    bot = await make_bot()
    path = f"/bots/{bot['id']}"
    ok(await api.put(path, {"name": "2"}))
    before = await stored.everything()

    answer = await api.put(path, {"name": "late", "config": _WIDER, "revision": revision})

    problem(answer, 409, "revision-moved")
    assert await stored.everything() == before


@pytest.mark.parametrize("revision", [0, -1, 1.5, "1", True, 10**30, 2**31])
async def test_revision_that_cannot_be_names_the_field(
    api: Api, make_bot: Make, stored: Stored, revision: object
) -> None:
    bot = await make_bot()
    before = await stored.everything()

    answer = await api.put(f"/bots/{bot['id']}", {"name": "New", "revision": revision})

    problem(answer, 422, "invalid-input", "revision")
    assert await stored.everything() == before


@pytest.mark.parametrize("change", ["nothing", "name", "config", "both", "revision"])
async def test_what_is_the_same_already_writes_nothing(
    api: Api, make_bot: Make, stored: Stored, change: str
) -> None:
    bot = await make_bot()
    before = await stored.everything()
    bodies: dict[str, dict[str, object]] = {
        "nothing": {},
        "name": {"name": f" {bot['name']} "},
        "config": {"config": dict(reversed(bot["config"].items()))},
        "both": {"name": bot["name"], "config": bot["config"]},
        "revision": {"revision": 1},
    }

    assert ok(await api.put(f"/bots/{bot['id']}", bodies[change])) == bot
    assert await stored.everything() == before


@pytest.mark.parametrize("field", ["account", "pair", "connector", "strategy", "id", "status"])
async def test_what_never_changes_is_refused(
    api: Api, make_bot: Make, stored: Stored, field: str
) -> None:
    bot = await make_bot()
    before = await stored.everything()

    answer = await api.put(f"/bots/{bot['id']}", {"name": "New", field: bot[field]})

    problem(answer, 422, "invalid-input", field)
    assert await stored.everything() == before


async def test_volume_form_sends_keys_of_its_own_and_the_spread_form_cannot(
    api: Api, make_bot: Make
) -> None:
    volume, spread = await make_bot(strategy="volume", config={}), await make_bot()
    form = {"daily_volume_usd": 5000, "min_order_usd": 10, "max_order_usd": 25}

    assert ok(await api.put(f"/bots/{volume['id']}", {"config": form}))["config"] == form
    problem(
        await api.put(
            f"/bots/{spread['id']}", {"config": {"spread_percent": 0.3, "order_size_usd": 10}}
        ),
        *(422, "invalid-input", "config.spread_percent", "config.order_size_usd"),
    )


async def test_two_changes_at_once_without_a_revision_both_succeed(
    api: Api, make_bot: Make
) -> None:
    bot = await make_bot(strategy="volume", config={})
    path = f"/bots/{bot['id']}"

    answers = await asyncio.gather(
        *(api.put(path, {"name": f"Name {number}"}) for number in range(10)),
        *(api.put(path, {"config": {"n": number}}) for number in range(10)),
    )

    revisions = sorted(ok(answer)["revision"] for answer in answers)
    assert revisions == list(range(2, 22))
    last = ok(await api.get(path))
    assert last["revision"] == 21
    assert last["name"].startswith("Name ")
    assert last["config"].keys() == {"n"}


async def test_of_two_changes_at_once_with_one_revision_one_succeeds(
    api: Api, make_bot: Make
) -> None:
    bot = await make_bot()

    answers = await asyncio.gather(
        *(
            api.put(f"/bots/{bot['id']}", {"name": f"Name {number}", "revision": 1})
            for number in range(10)
        )
    )

    assert sorted(answer.status for answer in answers) == [200] + [409] * 9


@pytest.mark.parametrize("bot_id", [MISSING_ID, "nobody"])
async def test_unknown_bot_is_not_found(api: Api, bot_id: str) -> None:
    answer = await api.put(f"/bots/{bot_id}", {"name": "New"})

    problem(answer, 404, answer.json["code"])


async def test_true_is_another_value_than_1(api: Api, make_bot: Make) -> None:
    """Python takes them for equal."""
    bot = await make_bot(strategy="volume", config={"x": 1})

    changed = ok(await api.put(f"/bots/{bot['id']}", {"config": {"x": True}}))

    assert changed["config"] == {"x": True}
    assert changed["revision"] == 2

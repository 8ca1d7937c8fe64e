"""GET /strategies: what a frontend shows a form from."""

from tests.api.calls import Api, ok, problem
from tests.api.inputs import Make, MakeServer

_NAMES = ("spread", "market_maker", "grid", "controller", "volume", "volume_generator", "both")


async def test_strategies_are_listed_with_their_fields(api: Api) -> None:
    answer = ok(await api.get("/strategies"))

    assert answer.keys() == {"strategies"}
    by_name = {each["name"]: each for each in answer["strategies"]}
    assert tuple(by_name) == _NAMES
    for each in by_name.values():
        assert each.keys() == {*("name", "bot_type", "is_runnable", "needed", "fields", "schema")}
    assert by_name["market_maker"]["bot_type"] == "spread"
    assert by_name["market_maker"]["fields"] == by_name["spread"]["fields"]
    assert by_name["spread"]["fields"][0] == {
        "name": "bid_spread",
        "type": "number",
        "unit": "fraction",
        "default": 0.003,
        "required_for_start": False,
        "description": "How far below the middle price it buys.",
        "rule": "must be a number above 0 and at most 0.5: a fraction, 0.003 is 0.3 %",
        "schema": by_name["spread"]["schema"]["properties"]["bid_spread"],
    }


async def test_definition_that_is_only_stored_says_so(api: Api) -> None:
    listed = ok(await api.get("/strategies"))["strategies"]

    assert [each["name"] for each in listed if not each["is_runnable"]] == [*_NAMES[4:]]


async def test_bot_of_every_strategy_shows_what_the_list_says(api: Api, make_bot: Make) -> None:
    for each in ok(await api.get("/strategies"))["strategies"]:
        defaults = {
            field["name"]: field["default"]
            for field in each["fields"]
            if field["default"] is not None
        }
        bot = await make_bot(strategy=each["name"], config=defaults)
        assert bot["bot_type"] == each["bot_type"]
        assert bot["config"] == defaults


async def test_list_needs_no_database(make_server: MakeServer) -> None:
    api = await make_server(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")

    assert ok(await api.get("/strategies"))["strategies"]


async def test_list_is_only_read(api: Api) -> None:
    problem(await api.post("/strategies", {}), 405, "method-not-allowed")
    problem(await api.get("/strategies/spread"), 404, "not-found")

"""What a bot's definition must not hold, the same at its creation and at each change."""

import pytest
from tests.api.calls import Api, problem
from tests.api.inputs import Make, bot_body
from tests.api.stored import Stored

_DEEP: dict[str, object] = {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {}}}}}}}}}
_ANY = "volume"
_CONFIGS: list[tuple[str, dict[str, object], str | None]] = [
    ("spread", {"bid_spread": 5000}, "config.bid_spread"),
    ("spread", {"ask_spread": 0}, "config.ask_spread"),
    ("spread", {"bid_spread": -0.1}, "config.bid_spread"),
    ("spread", {"bid_spread": "0.003"}, "config.bid_spread"),
    ("spread", {"bid_spread": None}, "config.bid_spread"),
    ("spread", {"order_amount": -1}, "config.order_amount"),
    ("spread", {"order_amount": 0}, "config.order_amount"),
    ("spread", {"order_amount": 10**30}, "config.order_amount"),
    ("spread", {"order_amount": True}, "config.order_amount"),
    ("spread", {"order_interval": 0}, "config.order_interval"),
    ("spread", {"order_interval": 1.5}, "config.order_interval"),
    ("spread", {"order_interval": 10**30}, "config.order_interval"),
    ("spread", {"spread_percent": 0.3}, "config.spread_percent"),
    ("spread", {"order_size_usd": 100}, "config.order_size_usd"),
    ("market_maker", {"bid_spread": 5000}, "config.bid_spread"),
    ("grid", {"side": "up"}, "config.side"),
    ("grid", {"start_price": 2, "end_price": 1}, "config.start_price"),
    ("grid", {"side": "buy", "start_price": 2, "limit_price": 3}, "config.limit_price"),
    ("controller", {"name": "../up"}, "config.name"),
    (_ANY, {"private_key": "x"}, "config.private_key"),
    (_ANY, {"a": [{"apiKey": "x"}]}, "config.a[0].apiKey"),
    (_ANY, {"amount": 10**30}, "config.amount"),
    (_ANY, {"amount": 1e-300}, "config.amount"),
    (_ANY, {"note": "a\x00b"}, "config.note"),
    (_ANY, {"a": {"k" * 101: 1}}, None),
    (_ANY, {"note": "x" * 17_000}, "config"),
    (_ANY, _DEEP, None),
]


@pytest.mark.parametrize("case", _CONFIGS)
async def test_config_that_breaks_a_rule_names_the_field(
    api: Api, make_bot: Make, stored: Stored, case: tuple[str, dict[str, object], str | None]
) -> None:
    strategy, config, field = case
    bot = await make_bot(strategy=strategy, config={})
    before = await stored.everything()

    answers = [
        await api.post(
            "/bots/create", bot_body(account=bot["account"], strategy=strategy, config=config)
        ),
        await api.put(f"/bots/{bot['id']}", {"config": config}),
    ]

    for answer in answers:
        said = problem(answer, 422, "invalid-input", *([field] if field else []))
        assert all(error["field"].startswith("config") for error in said["errors"])
    assert await stored.everything() == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "\u00a0\u3000"}, "name"),
        ({"name": " \t "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"account": "x" * 65}, "account"),
        ({"account": None}, "account"),
        ({"pair": "SHARP-USDT"}, "pair"),
        ({"pair": "SHARP"}, "pair"),
        ({"pair": "/"}, "pair"),
        ({"pair": "A/B/C"}, "pair"),
        ({"pair": "A/A"}, "pair"),
        ({"pair": "\u0131NCH/USDT"}, "pair"),
        ({"pair": "x" * 81}, "pair"),
        ({"connector": ""}, "connector"),
        ({"connector": "bit mart"}, "connector"),
        ({"connector": "x" * 65}, "connector"),
        ({"connector": "../up"}, "connector"),
        ({"strategy": "arbitrage"}, "strategy"),
        ({"strategy": ""}, "strategy"),
        ({"strategy": 1}, "strategy"),
        ({"config": None}, "config"),
        ({"config": []}, "config"),
        ({"config": "{}"}, "config"),
        ({"wallets": [{"private_key": "x"}]}, "wallets"),
        ({"exchange": "bitmart"}, "exchange"),
    ],
)
async def test_definition_that_breaks_a_rule_names_the_field(
    api: Api, make_client: Make, stored: Stored, change: dict[str, object], field: str
) -> None:
    account = (await make_client())["account_identifier"]
    before = await stored.everything()

    answer = await api.post("/bots/create", bot_body(account=account) | change)

    problem(answer, 422, "invalid-input", field)
    assert await stored.everything() == before


@pytest.mark.parametrize("field", ["name", "account", "connector", "pair", "strategy"])
async def test_missing_field_is_named(
    api: Api, make_client: Make, stored: Stored, field: str
) -> None:
    body = bot_body(account=(await make_client())["account_identifier"])
    before = await stored.everything()
    del body[field]

    problem(await api.post("/bots/create", body), 422, "invalid-input", field)
    assert await stored.everything() == before


async def test_unknown_strategy_lists_the_known_ones(api: Api) -> None:
    answer = await api.post("/bots/create", bot_body(account="any", strategy="arbitrage"))

    said = problem(answer, 422, "invalid-input", "strategy")
    known = ("spread", "market_maker", "grid", "controller", "volume", "volume_generator", "both")
    assert all(name in said["detail"] for name in known)


async def test_range_is_said(api: Api) -> None:
    answer = await api.post("/bots/create", bot_body(account="any", config={"bid_spread": 5000}))

    assert "at most 0.5" in problem(answer, 422, "invalid-input", "config.bid_spread")["detail"]


async def test_all_faults_of_a_config_come_at_once(api: Api) -> None:
    config = {"bid_spread": 5000, "order_amount": -1, "colour": "red"}

    answer = await api.post("/bots/create", bot_body(account="any", config=config))

    problem(
        answer,
        *(422, "invalid-input"),
        *("config.bid_spread", "config.order_amount", "config.colour"),
    )

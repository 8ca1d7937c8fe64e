"""POST /bots/create and GET /bots/{id}: definitions as the frontend sends them."""

import re
from uuid import UUID

import pytest
from tests.api.calls import Api, ok, problem
from tests.api.inputs import MISSING_ID, Make, bot_body
from tests.api.stored import Stored

_KEYS = {
    *("id", "client_id", "account", "instance_name", "name", "connector", "pair", "strategy"),
    *("bot_type", "chain", "config", "revision", "status", "health_status", "health_message"),
    *("desired_state", "error", "runtime", "allowed_actions", "created_at", "updated_at"),
}
_FRONTEND_CONFIG = {"bid_spread": 0.003, "ask_spread": 0.003, "order_amount": 1600}
_GRID = {
    "side": "buy",
    "start_price": 1,
    "end_price": 2,
    "limit_price": 0.5,
    "total_amount_quote": 1000,
}
_CONTROLLER = {"type": "generic", "name": "my_controller", "config": {"a": [1, {"b": None}]}}


async def test_bot_has_every_field_of_the_contract(api: Api, make_client: Make) -> None:
    client = await make_client(account_identifier="desk-7")

    bot = ok(await api.post("/bots/create", bot_body(account="desk-7", name="First/bot")), 201)

    assert bot.keys() == _KEYS
    assert bot["client_id"] == client["id"]
    assert (bot["account"], bot["name"], bot["revision"]) == ("desk-7", "First/bot", 1)
    assert bot["instance_name"] == f"hummingbot-desk-7-{UUID(bot['id']).hex[-12:]}"
    assert (bot["status"], bot["desired_state"], bot["error"]) == ("stopped", "stopped", None)
    assert (bot["health_status"], bot["health_message"]) == ("stopped", None)
    assert bot["runtime"] == {
        "state": "stopped",
        "reason": "never_deployed",
        "since": bot["created_at"],
        "instance": None,
        "stale": False,
        "stale_reason": None,
        "performance": None,
        "revision": None,
    }
    assert "start" in bot["allowed_actions"]
    assert ok(await api.get(f"/bots/{bot['id']}")) == bot


@pytest.mark.parametrize("config", [_FRONTEND_CONFIG, {}])
@pytest.mark.parametrize(
    ("strategy", "bot_type", "can_start"),
    [
        ("spread", "spread", True),
        ("market_maker", "spread", True),
        ("volume", "volume", False),
        ("volume_generator", "volume", False),
        ("both", "both", False),
    ],
)
async def test_every_strategy_of_the_frontend_is_stored(
    make_bot: Make, strategy: str, bot_type: str, config: dict[str, object], *, can_start: bool
) -> None:
    bot = await make_bot(strategy=strategy, config=config)

    assert (bot["strategy"], bot["bot_type"]) == (strategy, bot_type)
    assert bot["config"].items() >= config.items()
    assert ("start" in bot["allowed_actions"]) is can_start


@pytest.mark.parametrize(("strategy", "config"), [("grid", _GRID), ("controller", _CONTROLLER)])
async def test_other_strategies_keep_their_config(
    make_bot: Make, strategy: str, config: dict[str, object]
) -> None:
    bot = await make_bot(strategy=strategy, config=config)

    assert (bot["strategy"], bot["bot_type"], bot["config"]) == (strategy, strategy, config)


async def test_defaults_of_a_spread_are_filled_in_but_no_amount(make_bot: Make) -> None:
    bot = await make_bot(config={})
    partly = await make_bot(config={"order_amount": 5, "bid_spread": 0.01})

    assert bot["config"] == {"bid_spread": 0.003, "ask_spread": 0.003, "order_interval": 60}
    assert partly["config"] == bot["config"] | {"order_amount": 5, "bid_spread": 0.01}


async def test_name_is_trimmed(make_bot: Make) -> None:
    assert (await make_bot(name="  First bot "))["name"] == "First bot"


async def test_config_may_be_left_out(api: Api, make_client: Make) -> None:
    account = (await make_client())["account_identifier"]
    body = bot_body(account=account, strategy="volume")
    del body["config"]

    assert ok(await api.post("/bots/create", body), 201)["config"] == {}


async def test_numbers_of_a_config_come_back_as_numbers(make_bot: Make) -> None:
    """The frontend calls number methods on them."""
    config = {"a": 1600, "b": 0.003, "c": 1e-9, "d": -2.5, "e": [1.0, 10**15], "f": True, "g": None}

    bot = await make_bot(strategy="volume", config=config)

    assert bot["config"] == config
    assert [type(value) for value in bot["config"].values()] == [
        type(value) for value in config.values()
    ]


async def test_texts_of_a_config_come_back_as_they_were(make_bot: Make) -> None:
    config = {"note": 'line\nbreak "quoted" \\ \u2028 é 💩 \x01', "empty": "", "null": "null"}

    assert (await make_bot(strategy="volume", config=config))["config"] == config


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("sharp/usdt", "SHARP/USDT"),
        (" Sharp / uSDT ", "SHARP/USDT"),
        ("1inch/usdc.e", "1INCH/USDC.E"),
        ("$wif/usdt", "$WIF/USDT"),
    ],
)
async def test_pair_is_trimmed_and_folded(make_bot: Make, sent: str, kept: str) -> None:
    assert (await make_bot(pair=sent))["pair"] == kept


@pytest.mark.parametrize(
    ("sent", "kept", "chain"),
    [
        (" BitMart ", "bitmart", "evm"),
        ("Jupiter", "jupiter", "solana"),
        ("raydium/clmm", "raydium/clmm", "solana"),
        ("uniswap", "uniswap", "evm"),
    ],
)
async def test_connector_is_trimmed_and_folded_and_says_the_chain(
    make_bot: Make, sent: str, kept: str, chain: str
) -> None:
    bot = await make_bot(connector=sent)

    assert (bot["connector"], bot["chain"]) == (kept, chain)


async def test_strategy_is_kept_as_it_was_sent(make_bot: Make) -> None:
    bot = await make_bot(strategy=" Market_Maker ")

    assert (bot["strategy"], bot["bot_type"]) == ("Market_Maker", "spread")


async def test_names_and_pairs_need_not_be_unique(make_client: Make, make_bot: Make) -> None:
    account = (await make_client())["account_identifier"]

    first, second = [await make_bot(account=account) for _ in range(2)]

    assert first["name"] == second["name"]
    assert first["instance_name"] != second["instance_name"]


async def test_instance_name_can_be_one_of_the_upstream(make_client: Make, make_bot: Make) -> None:
    account = (await make_client(account_identifier="x" * 64))["account_identifier"]

    bot = await make_bot(account=account)

    assert re.fullmatch(r"hummingbot-[A-Za-z0-9_-]{1,64}-[0-9a-f]{12}", bot["instance_name"])


async def test_unknown_account_is_refused(api: Api, stored: Stored) -> None:
    answer = await api.post("/bots/create", bot_body(account="nobody"))

    problem(answer, 422, "unknown-account", "account")
    assert await stored.counts() == {}


async def test_account_is_compared_with_its_letter_case(api: Api, make_client: Make) -> None:
    await make_client(account_identifier="Desk")

    problem(
        await api.post("/bots/create", bot_body(account="desk")), 422, "unknown-account", "account"
    )
    ok(await api.post("/bots/create", bot_body(account=" Desk ")), 201)


@pytest.mark.parametrize("bot_id", [MISSING_ID, "1", "not-a-uuid", "%00", MISSING_ID + "0"])
async def test_unknown_bot_is_not_found(api: Api, bot_id: str) -> None:
    answer = await api.get(f"/bots/{bot_id}")

    problem(answer, 404, answer.json["code"])

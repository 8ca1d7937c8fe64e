import msgspec
import pytest

from bridge.bots.strategies import (
    GridConfig,
    PassthroughConfig,
    SpreadConfig,
    bot_type,
    check_config,
    check_strategy,
    is_runnable,
    missing_for_start,
)
from bridge.errors import FieldError, RuleError

Config = dict[str, object]

SPREADS = ["spread", "market_maker"]
STORED_ONLY = ["volume", "volume_generator", "both"]
RUNNABLE = [*SPREADS, "grid", "controller"]
DEFAULTS: Config = {"bid_spread": 0.003, "ask_spread": 0.003, "order_interval": 60}
OLD_FRONTEND: Config = {"bid_spread": 0.003, "ask_spread": 0.004, "order_amount": 1600}
GRID: Config = {
    "side": "buy",
    "start_price": 0.007,
    "end_price": 0.009,
    "limit_price": 0.0065,
    "total_amount_quote": 200,
}
SPREAD = "must be a number above 0 and at most 0.5: a fraction, 0.003 is 0.3 %"
SECONDS = "must be a whole number of seconds from 1 to 86400"
BASE = "must be a number above 0 and at most 1e15, in base units"
QUOTE = "must be a number above 0 and at most 1e15, in quote units"
FRACTION = "must be a number above 0 and at most 1: 0.01 is 1 %"
COUNT = "must be a whole number from 1 to 100"


def refused(strategy: str, config: Config) -> tuple[FieldError, ...]:
    with pytest.raises(RuleError) as caught:
        check_config(strategy, config)
    return caught.value.errors


@pytest.mark.parametrize("sent", ["spread", " Spread ", "MARKET_MAKER", "both", "Volume_Generator"])
def test_strategy_is_stored_as_sent(sent: str) -> None:
    assert check_strategy(sent) == sent.strip()


@pytest.mark.parametrize("sent", ["", "pmm", "spread\x00", "mar\u212aet_maker", "spread,volume"])
def test_unknown_strategy_is_refused_with_the_known_ones(sent: str) -> None:
    sentence = (
        "is not known; known are: "
        "spread, market_maker, grid, controller, volume, volume_generator, both"
    )
    with pytest.raises(RuleError) as caught:
        check_strategy(sent)

    assert caught.value.errors == (FieldError("strategy", sentence),)
    assert refused(sent, {"secret": 1}) == (FieldError("strategy", sentence),)


@pytest.mark.parametrize("strategy", [*SPREADS, "Market_Maker", " SPREAD "])
def test_spread_is_given_its_defaults_but_no_amount(strategy: str) -> None:
    assert check_config(strategy, {}) == DEFAULTS
    assert check_config(strategy, {"bid_spread": 0.01}) == DEFAULTS | {"bid_spread": 0.01}


@pytest.mark.parametrize("strategy", [*SPREADS, *STORED_ONLY])
@pytest.mark.parametrize("config", [OLD_FRONTEND, {}])
def test_what_the_old_frontend_sends_is_taken(strategy: str, config: Config) -> None:
    stored = check_config(strategy, config)

    assert stored.items() >= config.items()


def test_numbers_stay_what_they_were_and_the_input_is_left_alone() -> None:
    sent: Config = {"order_amount": 1600, "bid_spread": 0.5, "max_global_drawdown_quote": 10}

    stored = check_config("spread", sent)

    assert msgspec.json.encode(stored) == (
        b'{"order_amount":1600,"bid_spread":0.5,"max_global_drawdown_quote":10,'
        b'"ask_spread":0.003,"order_interval":60}'
    )
    assert len(sent) == 3
    assert check_config("volume", sent) is not sent


@pytest.mark.parametrize("strategy", SPREADS)
@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("bid_spread", 5000, SPREAD),
        ("bid_spread", 0, SPREAD),
        ("ask_spread", -0.003, SPREAD),
        ("ask_spread", 0.51, SPREAD),
        ("bid_spread", "0.003", SPREAD),
        ("bid_spread", None, SPREAD),
        ("bid_spread", True, SPREAD),
        ("bid_spread", [0.003], SPREAD),
        ("order_interval", 0, SECONDS),
        ("order_interval", 86_401, SECONDS),
        ("order_interval", 60.5, SECONDS),
        ("order_interval", "60", SECONDS),
        ("order_amount", -1, BASE),
        ("order_amount", 0, BASE),
        ("order_amount", 2e15, BASE),
        ("order_amount", "1600", BASE),
        ("order_amount", None, BASE),
        ("max_global_drawdown_quote", 0, QUOTE),
        ("max_controller_drawdown_quote", -5, QUOTE),
        ("max_controller_drawdown_quote", 1.1e15, QUOTE),
    ],
)
def test_bad_value_is_refused_with_its_field_and_range(
    strategy: str, field: str, value: object, message: str
) -> None:
    assert refused(strategy, {field: value}) == (FieldError(f"config.{field}", message),)


def test_bounds_of_the_ranges_are_taken() -> None:
    low: Config = {"ask_spread": 1e-6, "order_interval": 1, "order_amount": 1e-9}
    high: Config = {"bid_spread": 0.5, "order_interval": 86_400, "order_amount": 1e15}

    for config in (low, high):
        assert check_config("spread", config) == DEFAULTS | config


def test_all_faults_come_at_once() -> None:
    """Among them the keys of the other form of the old frontend."""
    known = (
        "is not known to spread; it knows: max_global_drawdown_quote, "
        "max_controller_drawdown_quote, bid_spread, ask_spread, order_interval, order_amount"
    )

    errors = refused(" spread ", {"spread_percent": 1, "order_size_usd": 50, "bid_spread": 9})

    assert errors == (
        FieldError("config.spread_percent", known),
        FieldError("config.order_size_usd", known),
        FieldError("config.bid_spread", SPREAD),
    )


@pytest.mark.parametrize("strategy", [*RUNNABLE, *STORED_ONLY])
@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"private_key": "canary"}, "config.private_key"),
        ({"order_amount": 10**30}, "config.order_amount"),
        ({"order_amount": float("nan")}, "config.order_amount"),
        ({"note": "a\x00"}, "config.note"),
        ({"note": "x" * 17_000}, "config"),
        ({"a": [[[[[[[[1]]]]]]]]}, "config.a" + "[0]" * 7),
        ({"config": {"x": {"mnemonic": "canary"}}}, "config.config.x.mnemonic"),
    ],
)
def test_bounds_hold_for_every_strategy(strategy: str, config: Config, field: str) -> None:
    (error,) = refused(strategy, config)

    assert error.field == field
    assert "canary" not in error.message


@pytest.mark.parametrize("strategy", STORED_ONLY)
def test_definitions_that_are_only_stored_hold_anything_else(strategy: str) -> None:
    config: Config = {"daily_volume_usd": "5000", "pattern": {"hours": [1, 2]}, "bid_spread": 5000}

    assert check_config(strategy, config) == config
    assert not is_runnable(strategy)
    assert missing_for_start(strategy, {}) == ()


def test_grid_is_stored_as_sent() -> None:
    more: Config = {
        "min_spread_between_orders": 0.001,
        "min_order_amount_quote": 6,
        "max_open_orders": 2,
        "max_orders_per_batch": 1,
        "order_interval": 3,
        "activation_bounds": 0.02,
        "take_profit": 0.001,
        "keep_position": False,
        "max_global_drawdown_quote": 50,
    }

    for config in ({}, GRID, GRID | more, more):
        assert check_config("grid", config) == config


@pytest.mark.parametrize(
    "change",
    [
        {"side": 1},
        {"side": "sell", "limit_price": 0.0095},
        {"side": 2, "limit_price": 0.0095},
    ],
)
def test_grid_has_two_sides_in_two_writings(change: Config) -> None:
    assert check_config("grid", GRID | change) == GRID | change


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"start_price": 0.02}, "start_price", "must be below end_price"),
        ({"start_price": 0.009}, "start_price", "must be below end_price"),
        ({"limit_price": 0.0075}, "limit_price", "must be below start_price: a grid that buys"),
        ({"limit_price": 0.007}, "limit_price", "must be below start_price: a grid that buys"),
        ({"side": 1, "limit_price": 1}, "limit_price", "must be below start_price"),
        ({"side": "sell"}, "limit_price", "must be above end_price: a grid that sells"),
        ({"side": 2, "limit_price": 0.009}, "limit_price", "must be above end_price"),
        ({"side": "BUY"}, "side", 'must be "buy" or "sell", or 1 or 2'),
        ({"side": 3}, "side", 'must be "buy" or "sell", or 1 or 2'),
        ({"side": True}, "side", 'must be "buy" or "sell", or 1 or 2'),
        ({"side": None}, "side", 'must be "buy" or "sell", or 1 or 2'),
        ({"start_price": "0.007"}, "start_price", QUOTE),
        ({"total_amount_quote": 0}, "total_amount_quote", QUOTE),
        ({"max_open_orders": 0}, "max_open_orders", COUNT),
        ({"max_orders_per_batch": 101}, "max_orders_per_batch", COUNT),
        ({"activation_bounds": 1.5}, "activation_bounds", FRACTION),
        ({"take_profit": 0}, "take_profit", FRACTION),
        ({"min_spread_between_orders": 1}, "min_spread_between_orders", SPREAD),
        ({"keep_position": 1}, "keep_position", "must be true or false"),
        ({"order_interval": 0.5}, "order_interval", SECONDS),
        ({"bid_spread": 0.003}, "bid_spread", "is not known to grid; it knows: "),
    ],
)
def test_bad_grid_is_refused_with_its_field(change: Config, field: str, message: str) -> None:
    start_moved = {"limit_price": 0.001} if field == "start_price" else {}

    (error,) = refused("grid", GRID | start_moved | change)

    assert error.field == f"config.{field}"
    assert error.message.startswith(message)


@pytest.mark.parametrize("left_out", [{"side"}, {"start_price", "end_price"}, {"limit_price"}])
def test_grid_that_is_not_finished_is_not_compared(left_out: set[str]) -> None:
    odd = GRID | {"start_price": 5, "limit_price": 7, "end_price": 6}
    config = {name: value for name, value in odd.items() if name not in left_out}

    assert check_config("grid", config) == config


def test_grid_reports_both_of_its_comparisons() -> None:
    fields = [error.field for error in refused("grid", GRID | {"start_price": 1, "limit_price": 2})]

    assert fields == ["config.start_price", "config.limit_price"]


def test_controller_passes_through() -> None:
    config: Config = {
        "type": "directional_trading",
        "name": "supertrend_v1",
        "config": {"length": 20, "note": "a\nb"},
        "max_controller_drawdown_quote": 12.5,
    }

    unfinished: Config = {"config": {}}
    others: list[Config] = [{"type": "market_making"}, {"type": "generic"}]
    for stored in (config, unfinished, *others):
        assert check_config("controller", stored) == stored


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("type", "spot", "must be market_making, generic or directional_trading"),
        ("type", 1, "must be market_making, generic or directional_trading"),
        ("name", "", "must be 1 to 100 letters A to Z, digits, _ and -"),
        ("name", "a b", "must be 1 to 100 letters A to Z, digits, _ and -"),
        ("name", "../x", "must be 1 to 100 letters A to Z, digits, _ and -"),
        ("name", "pmm\n", "must be 1 to 100 letters A to Z, digits, _ and -"),
        ("name", "x" * 101, "must be 1 to 100 letters A to Z, digits, _ and -"),
        ("name", "é", "must be 1 to 100 letters A to Z, digits, _ and -"),
        ("config", [], "must be a JSON object"),
        ("config", None, "must be a JSON object"),
        ("id", "x", "is not known to controller; it knows: "),
    ],
)
def test_bad_controller_is_refused_with_its_field(field: str, value: object, message: str) -> None:
    (error,) = refused("controller", {field: value})

    assert error.field == f"config.{field}"
    assert error.message.startswith(message)


@pytest.mark.parametrize(
    ("strategy", "config", "missing"),
    [
        ("spread", {}, ("order_amount",)),
        ("Market_Maker", DEFAULTS, ("order_amount",)),
        ("spread", OLD_FRONTEND, ()),
        ("grid", {}, tuple(GRID)),
        ("grid", GRID, ()),
        ("grid", {"side": "buy"}, tuple(GRID)[1:]),
        ("controller", {}, ("type", "name", "config")),
        ("controller", {"name": "x"}, ("type", "config")),
        ("controller", {"type": "generic", "name": "x", "config": {}}, ()),
        ("gone", {}, ()),
    ],
)
def test_start_says_what_is_missing(
    strategy: str, config: Config, missing: tuple[str, ...]
) -> None:
    assert missing_for_start(strategy, config) == missing


@pytest.mark.parametrize("strategy", [*RUNNABLE, "SPREAD", " grid "])
def test_runnable_strategies(strategy: str) -> None:
    assert is_runnable(strategy)


def test_strategy_that_a_later_release_removed_can_still_be_shown() -> None:
    assert not is_runnable("Gone")
    assert bot_type("Gone") == "gone"


@pytest.mark.parametrize(
    ("strategy", "word"),
    [
        ("spread", "spread"),
        ("Market_Maker", "spread"),
        ("grid", "grid"),
        ("controller", "controller"),
        ("volume", "volume"),
        ("volume_generator", "volume"),
        (" BOTH", "both"),
    ],
)
def test_bot_type_is_the_word_of_the_old_frontend(strategy: str, word: str) -> None:
    assert bot_type(strategy) == word


@pytest.mark.parametrize(
    ("strategy", "shape"),
    [("spread", SpreadConfig), ("grid", GridConfig), ("controller", PassthroughConfig)],
)
def test_every_field_has_a_sentence(strategy: str, shape: type[msgspec.Struct]) -> None:
    """Refuse a value of a type that no field takes, and read what is said."""
    names = shape.__struct_fields__

    config: Config = {}
    config.update(dict.fromkeys(names))

    errors = refused(strategy, config)

    assert [error.field for error in errors] == [f"config.{name}" for name in names]
    assert all(error.message.startswith("must be ") for error in errors)

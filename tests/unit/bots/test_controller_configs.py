"""What is deployed for a stored definition, and what of a change a running bot takes over."""

from decimal import Decimal

import msgspec
import pytest

from bridge.bots.controller_configs import controller_config, drawdowns
from bridge.bots.live_changes import live_change
from bridge.bots.markets import Definition, passthrough_faults, upstream_pair
from bridge.errors import FieldError, RuleError
from bridge.simulator.controllers import validate

Config = dict[str, object]

SPREAD: Config = {
    "bid_spread": 0.003,
    "ask_spread": 0.004,
    "order_amount": 1600,
    "order_interval": 60,
}
GRID: Config = {
    "side": "buy",
    "start_price": 0.007,
    "end_price": 0.009,
    "limit_price": 0.0065,
    "total_amount_quote": 200,
}
PMM_SIMPLE: Config = {
    "buy_spreads": [0.003],
    "sell_spreads": [0.003],
    "buy_amounts_pct": [1],
    "sell_amounts_pct": [1],
    "total_amount_quote": 25,
}
DEPLOYED_GRID: Config = {
    "id": "grid_sharp",
    "controller_name": "grid_strike",
    "controller_type": "generic",
    "connector_name": "bitmart",
    "trading_pair": "SHARP-USDT",
    "side": 1,
    "start_price": 0.007,
    "end_price": 0.009,
    "limit_price": 0.0065,
    "total_amount_quote": 200,
    "min_spread_between_orders": 0.001,
    "min_order_amount_quote": 6,
    "max_open_orders": 2,
    "max_orders_per_batch": 1,
    "order_frequency": 3,
    "activation_bounds": None,
    "leverage": 1,
    "position_mode": "ONEWAY",
    "keep_position": False,
    "manual_kill_switch": False,
    "triple_barrier_config": {
        "take_profit": 0.001,
        "open_order_type": 3,
        "take_profit_order_type": 3,
    },
}


def make_definition(strategy: str, config: Config, **overrides: str) -> Definition:
    market = {"connector": "bitmart", "pair": "SHARP/USDT"} | overrides
    return Definition(strategy=strategy, config=config, **market)


def passed(
    inner: Config, name: str = "pmm_simple", kind: str = "market_making", **overrides: str
) -> Definition:
    config: Config = {"type": kind, "name": name, "config": inner}
    return make_definition("controller", config, **overrides)


def refused(definition: Definition) -> tuple[FieldError, ...]:
    with pytest.raises(RuleError) as caught:
        controller_config(definition, "c1")
    return caught.value.errors


@pytest.mark.parametrize("strategy", ["spread", " Spread", "MARKET_MAKER"])
def test_spread_is_the_recorded_config_but_for_its_short_delay(strategy: str) -> None:
    assert controller_config(make_definition(strategy, SPREAD), "spread_sharp_v1") == {
        "id": "spread_sharp_v1",
        "controller_name": "pmm_v1",
        "controller_type": "generic",
        "connector_name": "bitmart",
        "trading_pair": "SHARP-USDT",
        "total_amount_quote": 0,
        "order_amount": 1600,
        "buy_spreads": [0.003],
        "sell_spreads": [0.004],
        "order_refresh_time": 60,
        "filled_order_delay": 5,
        "manual_kill_switch": False,
    }


def test_delay_after_a_fill_is_never_longer_than_the_interval() -> None:
    config = controller_config(make_definition("spread", SPREAD | {"order_interval": 2}), "c1")

    assert (config["order_refresh_time"], config["filled_order_delay"]) == (2, 2)


def test_spread_that_was_stored_without_its_defaults_gets_them() -> None:
    config = controller_config(make_definition("spread", {"order_amount": 5}), "c1")

    assert (config["buy_spreads"], config["sell_spreads"]) == ([0.003], [0.003])
    assert config["order_refresh_time"] == 60


def test_grid_is_the_recorded_config() -> None:
    assert controller_config(make_definition("grid", GRID), "grid_sharp") == DEPLOYED_GRID


def test_grid_takes_all_that_its_definition_says() -> None:
    more: Config = {
        "side": "sell",
        "limit_price": 0.0095,
        "min_spread_between_orders": 0.002,
        "min_order_amount_quote": 7.5,
        "max_open_orders": 4,
        "max_orders_per_batch": 3,
        "order_interval": 9,
        "activation_bounds": 0.02,
        "take_profit": 0.005,
        "keep_position": True,
    }

    config = controller_config(make_definition("grid", GRID | more), "grid_sharp")

    assert config == DEPLOYED_GRID | {
        "side": 2,
        "limit_price": 0.0095,
        "min_spread_between_orders": 0.002,
        "min_order_amount_quote": 7.5,
        "max_open_orders": 4,
        "max_orders_per_batch": 3,
        "order_frequency": 9,
        "activation_bounds": 0.02,
        "keep_position": True,
        "triple_barrier_config": {
            "take_profit": 0.005,
            "open_order_type": 3,
            "take_profit_order_type": 3,
        },
    }


@pytest.mark.parametrize(
    ("side", "limit", "number"), [("buy", 0.006, 1), (1, 0.006, 1), ("sell", 1, 2), (2, 1, 2)]
)
def test_sides_are_numbers_upstream(side: object, limit: float, number: int) -> None:
    config = GRID | {"side": side, "limit_price": limit}

    assert controller_config(make_definition("grid", config), "c1")["side"] == number


@pytest.mark.parametrize(
    "definition",
    [
        make_definition("spread", SPREAD),
        make_definition("grid", GRID),
        make_definition("grid", GRID | {"side": 2, "limit_price": 1, "activation_bounds": 0.5}),
        passed(PMM_SIMPLE),
        passed({"order_amount": 5, "buy_spreads": [0.1]}, "pmm_v1", "generic"),
    ],
    ids=lambda each: each.strategy,
)
def test_upstream_finds_every_config_valid(definition: Definition) -> None:
    config = controller_config(definition, "hex-1-7-2")

    kind, name = str(config["controller_type"]), str(config["controller_name"])
    assert validate(kind, name, config) == {"message": "Configuration is valid"}
    assert msgspec.json.decode(msgspec.json.encode(config)) == config


def test_connector_is_named_as_the_upstream_names_it() -> None:
    for connector in ("bitmart_spot", "bitmart"):
        for definition in (
            make_definition("spread", SPREAD, connector=connector),
            passed(PMM_SIMPLE, connector=connector),
        ):
            assert controller_config(definition, "c1")["connector_name"] == "bitmart"


def test_controller_is_passed_through_in_the_bots_market_and_under_its_own_name() -> None:
    inner: Config = {
        **PMM_SIMPLE,
        "id": "other",
        "controller_name": "pmm_v1",
        "controller_type": "generic",
        "manual_kill_switch": True,
    }

    assert controller_config(passed(inner), "c1") == {
        **PMM_SIMPLE,
        "id": "c1",
        "controller_name": "pmm_simple",
        "controller_type": "market_making",
        "connector_name": "bitmart",
        "trading_pair": "SHARP-USDT",
        "manual_kill_switch": True,
    }


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("arbitrage_controller", set[str]()),
        ("hedge_asset", set[str]()),
        ("stat_arb", set[str]()),
        ("xemm_multiple_levels", set[str]()),
        ("quantum_grid_allocator", {"connector_name"}),
        ("pmm_mister", {"connector_name", "trading_pair"}),
    ],
)
def test_controller_is_given_only_the_market_fields_that_it_knows(
    name: str, fields: set[str]
) -> None:
    """An unknown field ends a bot while it boots."""
    config = controller_config(passed({}, name, "generic"), "c1")

    assert config.keys() == fields | {"id", "controller_name", "controller_type"}


def test_controller_may_repeat_the_bots_market() -> None:
    same: Config = {"connector_name": "gate_io", "trading_pair": "SHARP-USDT"}
    definition = passed(same, connector="gateio")

    assert passthrough_faults(definition) == ()
    assert controller_config(definition, "c1") == same | {
        "id": "c1",
        "controller_name": "pmm_simple",
        "controller_type": "market_making",
    }


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("trading_pair", "BTC-USDT", "SHARP-USDT"),
        ("trading_pair", "SHARP/USDT", "SHARP-USDT"),
        ("trading_pair", "sharp-usdt", "SHARP-USDT"),
        ("trading_pair", None, "SHARP-USDT"),
        ("connector_name", "binance", "bitmart"),
        ("connector_name", ["bitmart"], "bitmart"),
    ],
)
def test_controller_in_another_market_than_the_bots_is_refused(
    name: str, value: object, wanted: str
) -> None:
    definition = passed({name: value})
    fault = FieldError(f"config.config.{name}", f"must be {wanted}, as the bot has it")

    assert passthrough_faults(definition) == (fault,)
    assert refused(definition) == (fault,)


def test_both_faults_of_a_market_come_at_once() -> None:
    faults = passthrough_faults(passed({"connector_name": "okx", "trading_pair": "A-B"}))

    assert [fault.field for fault in faults] == [
        "config.config.connector_name",
        "config.config.trading_pair",
    ]


@pytest.mark.parametrize(
    "definition",
    [
        make_definition("controller", {}),
        make_definition("controller", {"name": "pmm_simple"}),
        make_definition("spread", SPREAD),
        make_definition("volume", {"config": {"trading_pair": "A-B"}}),
        make_definition("gone", {"config": {"trading_pair": "A-B"}}),
    ],
)
def test_definition_that_names_no_market_is_in_none_other(definition: Definition) -> None:
    assert passthrough_faults(definition) == ()


@pytest.mark.parametrize(
    ("definition", "fields"),
    [
        (make_definition("spread", {}), ["config.order_amount"]),
        (make_definition("grid", {}), [f"config.{name}" for name in GRID]),
        (make_definition("controller", {"name": "x"}), ["config.type", "config.config"]),
        (make_definition("spread", SPREAD | {"bid_spread": 7}), ["config.bid_spread"]),
        (make_definition("volume", {}), ["strategy"]),
        (make_definition("gone", {}), ["strategy"]),
    ],
)
def test_definition_that_cannot_be_started_has_no_config(
    definition: Definition, fields: list[str]
) -> None:
    assert [error.field for error in refused(definition)] == fields


def test_what_a_definition_lacks_comes_with_its_market_faults() -> None:
    config: Config = {"type": "generic", "config": {"trading_pair": "A-B"}}

    errors = refused(make_definition("controller", config))

    assert errors[0] == FieldError("config.name", "must be set before a start")
    assert [error.field for error in errors[1:]] == ["config.config.trading_pair"]


@pytest.mark.parametrize(
    ("config", "both"),
    [
        ({}, (None, None)),
        ({"max_global_drawdown_quote": 50}, (Decimal(50), None)),
        ({"max_controller_drawdown_quote": 0.1}, (None, Decimal("0.1"))),
        (
            {"max_controller_drawdown_quote": 12.5, "max_global_drawdown_quote": 1e15},
            (Decimal("1e15"), Decimal("12.5")),
        ),
    ],
)
def test_drawdowns_are_exact(config: Config, both: tuple[Decimal | None, Decimal | None]) -> None:
    assert drawdowns(config) == both


@pytest.mark.parametrize("strategy", ["spread", "grid"])
def test_drawdowns_are_no_field_of_a_controller(strategy: str) -> None:
    limits: Config = {"max_global_drawdown_quote": 1, "max_controller_drawdown_quote": 2}
    config = SPREAD if strategy == "spread" else GRID

    assert controller_config(make_definition(strategy, config | limits), "c1") == (
        controller_config(make_definition(strategy, config), "c1")
    )


@pytest.mark.parametrize(
    ("pair", "upstream"), [("SHARP/USDT", "SHARP-USDT"), ("$WIF/USDC.E", "$WIF-USDC.E")]
)
def test_pair_has_a_dash_upstream(pair: str, upstream: str) -> None:
    assert upstream_pair(pair) == upstream


def _revised(before: Definition, after: Config) -> dict[str, object] | None:
    changed = msgspec.structs.replace(before, config=after)
    return live_change(controller_config(before, "c1"), controller_config(changed, "c2"))


@pytest.mark.parametrize(
    ("change", "sent"),
    [
        ({}, {}),
        ({"max_global_drawdown_quote": 5}, {}),
        ({"bid_spread": 0.01}, {"buy_spreads": [0.01]}),
        ({"ask_spread": 0.01}, {"sell_spreads": [0.01]}),
        ({"order_amount": 1601}, {"order_amount": 1601}),
        ({"order_interval": 90}, {"order_refresh_time": 90}),
        ({"order_interval": 3}, {"order_refresh_time": 3, "filled_order_delay": 3}),
    ],
)
def test_running_spread_takes_every_change_over(change: Config, sent: Config) -> None:
    """And its ``id`` stays: a bot that finds another one starts a second controller."""
    assert _revised(make_definition("spread", SPREAD), SPREAD | change) == sent


@pytest.mark.parametrize(
    "change", [{"end_price": 0.01}, {"limit_price": 0.006}, {"max_open_orders": 3}]
)
def test_running_grid_keeps_what_it_was_made_with(change: Config) -> None:
    assert _revised(make_definition("grid", GRID), GRID | change) is None
    assert _revised(make_definition("grid", GRID), GRID) == {}


def test_kill_switch_reaches_every_controller() -> None:
    for name in ("pmm_v1", "pmm_simple", "grid_strike", "pmm_mister"):
        before: Config = {"id": "c1", "controller_name": name, "manual_kill_switch": False}
        after = before | {"manual_kill_switch": True}
        assert live_change(before, after) == {"manual_kill_switch": True}


PMM: Config = {"id": "a", "controller_name": "pmm_v1", "order_amount": 1, "price_floor": 2}


@pytest.mark.parametrize(
    ("after", "sent"),
    [
        (PMM | {"order_amount": 2, "price_floor": 3}, {"order_amount": 2, "price_floor": 3}),
        (PMM | {"order_amount": 2, "total_amount_quote": 3}, None),
        (PMM | {"order_amount": 2, "trading_pair": "A-B"}, None),
        (PMM | {"controller_name": "pmm_simple"}, None),
        (PMM | {"price_ceiling": 9}, {"price_ceiling": 9}),
        ({name: value for name, value in PMM.items() if name != "price_floor"}, None),
        (PMM | {"order_amount": True}, {"order_amount": True}),
    ],
)
def test_change_is_sent_as_a_whole_or_not_at_all(after: Config, sent: Config | None) -> None:
    assert live_change(PMM, after | {"id": "b"}) == sent


def test_what_is_not_known_of_a_controller_waits_for_the_next_start() -> None:
    before: Config = {"controller_name": "pmm_mister", "buy_spreads": [1]}

    assert live_change(before, before | {"buy_spreads": [2]}) is None


def test_recorded_live_change_is_one() -> None:
    before: Config = {"controller_name": "pmm_simple", "buy_spreads": [0.003]}
    change: Config = {"buy_spreads": [0.005], "executor_refresh_time": 30}

    assert live_change(before, before | change) == change


def test_change_goes_out_in_the_order_of_the_config() -> None:
    change = _revised(make_definition("spread", SPREAD), {"order_amount": 2, "order_interval": 1})

    assert change is not None
    assert list(change) == [
        *("order_amount", "sell_spreads", "order_refresh_time", "filled_order_delay"),
    ]

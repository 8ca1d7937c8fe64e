"""The catalogue says of each field what the checks and the deployment do with it."""

import pytest

from bridge.bots.controller_configs import controller_config
from bridge.bots.markets import Definition
from bridge.bots.strategies import (
    STRATEGIES,
    bot_type,
    check_config,
    is_runnable,
    missing_for_start,
)
from bridge.bots.strategy_catalogue import StrategyField, StrategyView, strategy_list
from bridge.errors import RuleError

ALL = {each.name: each for each in strategy_list().strategies}
RUNNABLE = [each for each in ALL.values() if each.is_runnable]
FIELDS = [(each.name, field) for each in RUNNABLE for field in each.fields]

WITH_DEFAULT = [each for each in FIELDS if each[1].default is not None]


def str_of(value: str | StrategyField) -> str:
    return value if isinstance(value, str) else value.name


def field_of(strategy: str, name: str) -> StrategyField:
    (found,) = [field for field in ALL[strategy].fields if field.name == name]
    return found


def test_every_strategy_is_listed_in_the_order_of_the_registry() -> None:
    assert list(ALL) == list(STRATEGIES)
    assert [name for name, each in ALL.items() if not each.is_runnable] == [
        *("volume", "volume_generator", "both"),
    ]


@pytest.mark.parametrize("each", ALL.values(), ids=lambda each: each.name)
def test_strategy_says_what_the_rules_say(each: StrategyView) -> None:
    assert each.bot_type == bot_type(each.name)
    assert each.is_runnable == is_runnable(each.name)
    assert each.needed == missing_for_start(each.name, {})
    assert tuple(field.name for field in each.fields if field.required_for_start) == each.needed


def test_definition_that_is_only_stored_takes_any_object() -> None:
    for name in ("volume", "volume_generator", "both"):
        assert ALL[name].fields == ()
        assert ALL[name].schema == {"type": "object"}


@pytest.mark.parametrize("each", RUNNABLE, ids=lambda each: each.name)
def test_fields_are_those_of_the_schema(each: StrategyView) -> None:
    properties = each.schema["properties"]

    assert {field.name: field.schema for field in each.fields} == properties
    assert each.schema["type"] == "object"
    assert each.schema["additionalProperties"] is False
    assert each.schema["required"] == []
    assert "\n" not in each.schema["description"]


@pytest.mark.parametrize(
    ("strategy", "name", "type_", "unit", "default"),
    [
        ("spread", "bid_spread", "number", "fraction", 0.003),
        ("market_maker", "order_interval", "integer", "seconds", 60),
        ("spread", "order_amount", "number", "base", None),
        ("grid", "side", "choice", None, None),
        ("grid", "total_amount_quote", "number", "quote", None),
        ("grid", "max_open_orders", "integer", None, 2),
        ("grid", "take_profit", "number", "fraction", 0.001),
        ("grid", "activation_bounds", "number", "fraction", None),
        ("grid", "keep_position", "boolean", None, False),
        ("grid", "max_global_drawdown_quote", "number", "quote", None),
        ("controller", "type", "choice", None, None),
        ("controller", "name", "string", None, None),
        ("controller", "config", "object", None, None),
    ],
)
def test_field_has_its_type_unit_and_default(
    strategy: str, name: str, type_: str, unit: str | None, default: object
) -> None:
    field = field_of(strategy, name)

    assert (field.type, field.unit, field.default) == (type_, unit, default)


def test_limits_of_a_field_are_numbers() -> None:
    assert field_of("spread", "bid_spread").schema == {
        "type": "number",
        "unit": "fraction",
        "exclusiveMinimum": 0,
        "maximum": 0.5,
        "default": 0.003,
        "description": "must be a number above 0 and at most 0.5: a fraction, 0.003 is 0.3 %",
    }
    assert field_of("grid", "side").schema["enum"] == [1, 2, "buy", "sell"]


@pytest.mark.parametrize(("strategy", "field"), FIELDS, ids=str_of)
def test_rule_is_the_sentence_that_refuses(strategy: str, field: StrategyField) -> None:
    with pytest.raises(RuleError) as caught:
        check_config(strategy, {field.name: None})

    (error,) = caught.value.errors
    assert (error.field, error.message) == (f"config.{field.name}", field.rule)
    assert field.description.endswith(".")


@pytest.mark.parametrize(("strategy", "field"), WITH_DEFAULT, ids=str_of)
def test_default_is_a_value_that_is_taken(strategy: str, field: StrategyField) -> None:
    assert check_config(strategy, {field.name: field.default})[field.name] == field.default


@pytest.mark.parametrize("strategy", ["spread", "grid"])
def test_default_is_what_is_deployed(strategy: str) -> None:
    needed: dict[str, object] = {
        "order_amount": 5,
        "side": "buy",
        "start_price": 2,
        "end_price": 3,
        "limit_price": 1,
        "total_amount_quote": 9,
    }
    config = {name: needed[name] for name in ALL[strategy].needed}
    defaults = {
        field.name: field.default for field in ALL[strategy].fields if field.default is not None
    }

    def deployed(config: dict[str, object]) -> dict[str, object]:
        definition = Definition(strategy=strategy, connector="okx", pair="A/B", config=config)
        return controller_config(definition, "c1")

    assert deployed(config) == deployed(config | defaults)

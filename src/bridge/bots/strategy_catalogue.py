"""What a frontend needs to show a form for each strategy: fields, units, ranges, defaults. Pure.

Ranges, units and defaults are those of the shapes in `strategies`, which also check what is sent.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, Literal

import msgspec

from bridge.bots.controller_configs import GRID_DEFAULTS
from bridge.bots.strategies import STRATEGIES, GridConfig, Shape, Strategy
from bridge.bots.strategy_texts import DESCRIPTIONS, LIMITS

FieldType = Literal["number", "integer", "boolean", "string", "choice", "object"]
Unit = Literal["fraction", "seconds", "base", "quote"]
# Any, not object: msgspec takes object for a type of ours.
JsonSchema = dict[str, Any]

_NO_DEFAULTS: Final[Mapping[str, float | bool | None]] = {}


class StrategyField(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a strategy's config.

    Attributes:
        unit: ``fraction``: 0.01 is 1 %; ``base`` and ``quote``: units of the pair's tokens.
        default: What is used when it is left out; null: nothing.
        required_for_start: Whether a bot cannot be started without it; it can be stored.
        description: What it is.
        rule: What a value must be; the sentence that refuses another.
        schema: The same as JSON Schema, with the limits as numbers.
    """

    name: str
    type: FieldType
    unit: Unit | None
    default: float | bool | None
    required_for_start: bool
    description: str
    rule: str
    schema: JsonSchema


class StrategyView(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy that a bot may have.

    Attributes:
        bot_type: What bots of it show as their ``bot_type``.
        is_runnable: Whether its bots can be started; others are definitions only.
        needed: What a config must hold before a start.
        fields: Empty when the config is any JSON object.
        schema: JSON Schema of the config.
    """

    name: str
    bot_type: str
    is_runnable: bool
    needed: tuple[str, ...]
    fields: tuple[StrategyField, ...]
    schema: JsonSchema


class StrategyList(msgspec.Struct, frozen=True, kw_only=True):
    """All strategies."""

    strategies: tuple[StrategyView, ...]


@cache
def strategy_list() -> StrategyList:
    """Return all strategies in the order of the registry."""
    return StrategyList(strategies=tuple(_view(name, each) for name, each in STRATEGIES.items()))


def _view(name: str, strategy: Strategy) -> StrategyView:
    shape = strategy.shape
    schema: JsonSchema = {"type": "object"} if shape is None else _schema(shape)
    return StrategyView(
        name=name,
        bot_type=strategy.bot_type,
        is_runnable=shape is not None,
        needed=strategy.needed,
        fields=() if shape is None else _fields(shape, strategy.needed, schema),
        schema=schema,
    )


def _schema(shape: type[Shape]) -> JsonSchema:
    _, schemas = msgspec.json.schema_components([shape], schema_hook=_any_schema)
    schema = schemas[shape.__name__]
    return {**schema, "description": schema["description"].splitlines()[0]}


def _any_schema(_type: type) -> JsonSchema:
    return {"description": "any value"}  # in the config of a Hummingbot controller


def _fields(
    shape: type[Shape], needed: tuple[str, ...], schema: JsonSchema
) -> tuple[StrategyField, ...]:
    """Describe the strategy's own fields, then those that every strategy has."""
    # Those of a grid are not stored, for they are Hummingbot's own.
    defaults = GRID_DEFAULTS if shape is GridConfig else _NO_DEFAULTS
    properties: dict[str, JsonSchema] = schema["properties"]
    return tuple(
        StrategyField(
            name=name,
            type=properties[name].get("type", "choice"),
            unit=properties[name].get("unit"),
            default=properties[name].get("default", defaults.get(name)),
            required_for_start=name in needed,
            description=description,
            rule=properties[name]["description"],
            schema=properties[name],
        )
        for name, description in (DESCRIPTIONS[shape] | LIMITS).items()
    )

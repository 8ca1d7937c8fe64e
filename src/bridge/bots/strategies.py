"""The strategies that a bot may have, and how the config of each is checked.

Numbers stay the JSON numbers that were sent: a frontend calls number methods on them. What a bot
needs before it can start is said by `missing_for_start`; a definition is stored without it.
"""

from typing import Annotated, Final, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bridge.bots.config_bounds import check_bounds, child_path
from bridge.errors import FieldError, RuleError

# The description of a type is also the sentence that refuses a value, so it states the range. The
# unit stands in the JSON schema beside it.
Spread = Annotated[
    float,
    Meta(
        gt=0,
        le=0.5,
        description="must be a number above 0 and at most 0.5: a fraction, 0.003 is 0.3 %",
        extra_json_schema={"unit": "fraction"},
    ),
]
Fraction = Annotated[
    float,
    Meta(
        gt=0,
        le=1,
        description="must be a number above 0 and at most 1: 0.01 is 1 %",
        extra_json_schema={"unit": "fraction"},
    ),
]
Seconds = Annotated[
    int,
    Meta(
        ge=1,
        le=86_400,
        description="must be a whole number of seconds from 1 to 86400",
        extra_json_schema={"unit": "seconds"},
    ),
]
BaseAmount = Annotated[
    float,
    Meta(
        gt=0,
        le=1e15,
        description="must be a number above 0 and at most 1e15, in base units",
        extra_json_schema={"unit": "base"},
    ),
]
QuoteAmount = Annotated[
    float,
    Meta(
        gt=0,
        le=1e15,
        description="must be a number above 0 and at most 1e15, in quote units",
        extra_json_schema={"unit": "quote"},
    ),
]
Count = Annotated[int, Meta(ge=1, le=100, description="must be a whole number from 1 to 100")]
Flag = Annotated[bool, Meta(description="must be true or false")]
Side = Annotated[
    Literal["buy", "sell", 1, 2],
    Meta(description='must be "buy" or "sell", or 1 or 2 as Hummingbot writes them'),
]
ControllerType = Annotated[
    Literal["market_making", "generic", "directional_trading"],
    Meta(description="must be market_making, generic or directional_trading"),
]
ControllerName = Annotated[
    str,
    # A dollar sign also matches before a line end at the end; the look-ahead refuses that.
    Meta(
        pattern=r"^[A-Za-z0-9_-]{1,100}$(?!\n)",
        description="must be 1 to 100 letters A to Z, digits, _ and -",
    ),
]
ControllerConfig = Annotated[dict[str, object], Meta(description="must be a JSON object")]


class _Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every strategy that can be started takes: losses at which the upstream stops it."""

    max_global_drawdown_quote: QuoteAmount | UnsetType = UNSET
    max_controller_drawdown_quote: QuoteAmount | UnsetType = UNSET


class SpreadConfig(_Limits, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One order on each side of the middle price, placed anew every ``order_interval`` seconds.

    Attributes:
        order_amount: Base units of each order. No default: 1000 of one coin is not 1000 of another.
    """

    bid_spread: Spread = 0.003
    ask_spread: Spread = 0.003
    order_interval: Seconds = 60
    order_amount: BaseAmount | UnsetType = UNSET


class GridConfig(_Limits, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Orders at levels between two prices.

    Attributes:
        limit_price: Where the grid gives up: below the range when it buys, above when it sells.
        take_profit: Fraction by which the closing order is away from its level.
        order_interval: Seconds between two rounds of new orders.
    """

    side: Side | UnsetType = UNSET
    start_price: QuoteAmount | UnsetType = UNSET
    end_price: QuoteAmount | UnsetType = UNSET
    limit_price: QuoteAmount | UnsetType = UNSET
    total_amount_quote: QuoteAmount | UnsetType = UNSET
    min_spread_between_orders: Spread | UnsetType = UNSET
    min_order_amount_quote: QuoteAmount | UnsetType = UNSET
    max_open_orders: Count | UnsetType = UNSET
    max_orders_per_batch: Count | UnsetType = UNSET
    order_interval: Seconds | UnsetType = UNSET
    activation_bounds: Fraction | UnsetType = UNSET
    take_profit: Fraction | UnsetType = UNSET
    keep_position: Flag | UnsetType = UNSET


class PassthroughConfig(_Limits, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A controller of the upstream by type and name; its config is validated there."""

    type: ControllerType | UnsetType = UNSET
    name: ControllerName | UnsetType = UNSET
    config: ControllerConfig | UnsetType = UNSET


Shape = SpreadConfig | GridConfig | PassthroughConfig


class Strategy(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the registry.

    Attributes:
        bot_type: The word that the old frontend reads.
        shape: What its config looks like; None: any JSON object, and it can't be started.
        needed: What a config must hold before a start.
    """

    bot_type: str
    shape: type[Shape] | None = None
    needed: tuple[str, ...] = ()


_SPREAD: Final = Strategy(bot_type="spread", shape=SpreadConfig, needed=("order_amount",))
_GRID_NEEDS: Final = ("side", "start_price", "end_price", "limit_price", "total_amount_quote")
STRATEGIES: Final = {
    "spread": _SPREAD,
    "market_maker": _SPREAD,
    "grid": Strategy(bot_type="grid", shape=GridConfig, needed=_GRID_NEEDS),
    "controller": Strategy(
        bot_type="controller", shape=PassthroughConfig, needed=("type", "name", "config")
    ),
    "volume": Strategy(bot_type="volume"),
    "volume_generator": Strategy(bot_type="volume"),
    "both": Strategy(bot_type="both"),
}


def check_strategy(text: str) -> str:
    """Return the strategy as it is stored: as it was sent, trimmed.

    Raises:
        RuleError: No strategy has this name, in any letter case.
    """
    _get(text)
    return text.strip()


def check_config(strategy: str, config: dict[str, object]) -> dict[str, object]:
    """Return the config to store: as it was sent, with the strategy's defaults where it has any.

    Raises:
        RuleError: The strategy is not known, or the config breaks its rules; the fields are paths
            such as ``config.bid_spread``, and all faults of one kind come at once.
    """
    shape = _get(strategy).shape
    check_bounds(config)
    if shape is None:
        return dict(config)
    errors = _field_errors(shape, strategy.strip(), config)
    if not errors and shape is GridConfig:
        errors = _grid_errors(msgspec.convert(config, GridConfig))
    if errors:
        raise RuleError(*errors)
    return config | {name: value for name, value in _defaults(shape).items() if name not in config}


def shape_of(strategy: str) -> type[Shape] | None:
    """Return what a strategy's config looks like; None when it can't be started or isn't known."""
    found = _find(strategy)
    return None if found is None else found.shape


def is_runnable(strategy: str) -> bool:
    """Whether a bot of this strategy can be started; others are definitions only."""
    return shape_of(strategy) is not None


def missing_for_start(strategy: str, config: dict[str, object]) -> tuple[str, ...]:
    """Return what a stored config still lacks before its bot can start, in a fixed order."""
    found = _find(strategy)
    return () if found is None else tuple(name for name in found.needed if name not in config)


def bot_type(strategy: str) -> str:
    """Return the old frontend's word for a strategy; a name that is not known is its own word."""
    found = _find(strategy)
    return _folded(strategy) if found is None else found.bot_type


def _find(strategy: str) -> Strategy | None:
    return STRATEGIES.get(_folded(strategy)) if strategy.isascii() else None


def _get(strategy: str) -> Strategy:
    found = _find(strategy)
    if found is None:
        known = ", ".join(STRATEGIES)
        raise RuleError(FieldError("strategy", f"is not known; known are: {known}"))
    return found


def _folded(strategy: str) -> str:
    return strategy.strip().lower()


def _field_errors(shape: type[Shape], strategy: str, config: dict[str, object]) -> list[FieldError]:
    types = {field.name: field.type for field in msgspec.structs.fields(shape)}
    errors: list[FieldError] = []
    for name, value in config.items():
        path = child_path("config", name)
        if name not in types:
            known = ", ".join(types)
            errors.append(FieldError(path, f"is not known to {strategy}; it knows: {known}"))
            continue
        try:
            msgspec.convert(value, types[name])
        except msgspec.ValidationError:
            errors.append(FieldError(path, _sentence(types[name])))
    return errors


def _sentence(type_: object) -> str:
    """Return the description of ``Annotated[..., Meta]``, alone or in a union with UnsetType."""
    parts = (part for arm in (type_, *get_args(type_)) for part in get_args(arm))
    return next(part.description or "" for part in parts if isinstance(part, Meta))


def _defaults(shape: type[Shape]) -> dict[str, object]:
    fields = msgspec.structs.fields(shape)
    return {field.name: field.default for field in fields if field.default is not UNSET}


def _grid_errors(grid: GridConfig) -> list[FieldError]:
    errors: list[FieldError] = []
    low, high, limit = grid.start_price, grid.end_price, grid.limit_price
    if low is not UNSET and high is not UNSET and low >= high:
        errors.append(FieldError("config.start_price", "must be below end_price"))
    if limit is UNSET:
        return errors
    # On the wrong side the upstream would sell all at market at once, or right inside the range
    # (strategy_v2/executors/grid_executor/grid_executor.py, limit_price_condition).
    if grid.side in {"buy", 1} and low is not UNSET and limit >= low:
        sentence = "must be below start_price: a grid that buys gives up there"
        errors.append(FieldError("config.limit_price", sentence))
    if grid.side in {"sell", 2} and high is not UNSET and limit <= high:
        sentence = "must be above end_price: a grid that sells gives up there"
        errors.append(FieldError("config.limit_price", sentence))
    return errors

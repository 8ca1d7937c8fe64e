"""From a stored bot definition to the Hummingbot controller config that is deployed. Pure.

Field names and defaults are those of the recorded config templates of ``pmm_v1`` and
``grid_strike``. The upstream checks nothing of a config that it deploys, so this must be right.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, assert_never

import msgspec
from msgspec import UNSET
from msgspec.structs import asdict

from bridge.bots.markets import (
    Definition,
    inner_config,
    market_fields,
    passthrough_faults,
)
from bridge.bots.strategies import (
    GridConfig,
    PassthroughConfig,
    Shape,
    SpreadConfig,
    check_config,
    missing_for_start,
    shape_of,
)
from bridge.errors import FieldError, RuleError

# Short: once a side was filled, pmm_v1 waits this long after each later refresh of it as well.
_FILLED_ORDER_DELAY_SECONDS: Final = 5
# What a grid uses for what its config leaves out; activation_bounds None: no bounds.
GRID_DEFAULTS: Final[Mapping[str, float | bool | None]] = {
    "min_spread_between_orders": 0.001,
    "min_order_amount_quote": 6,
    "max_open_orders": 2,
    "max_orders_per_batch": 1,
    "order_interval": 3,
    "activation_bounds": None,
    "take_profit": 0.001,
    "keep_position": False,
}
_SIDES: Final[Mapping[object, int]] = {"buy": 1, 1: 1, "sell": 2, 2: 2}
_LIMIT_MAKER: Final = 3  # grid_strike takes the numbers of sides and order types only


def controller_config(definition: Definition, config_name: str) -> dict[str, object]:
    """Return the controller config to save under a name, which is its ``id`` too.

    Raises:
        RuleError: The strategy cannot be started, or the config lacks something for a start, does
            not keep the strategy's rules, or names another market than the bot's.
    """
    config = check_config(definition.strategy, definition.config)
    shape = shape_of(definition.strategy)
    if shape is None:
        raise RuleError(FieldError("strategy", "is a definition only and cannot be started"))
    missing = missing_for_start(definition.strategy, config)
    errors = [FieldError(f"config.{name}", "must be set before a start") for name in missing]
    errors.extend(passthrough_faults(definition))
    if errors:
        raise RuleError(*errors)
    return {"id": config_name, **_fields(definition, msgspec.convert(config, shape))}


def drawdowns(config: Mapping[str, object]) -> tuple[Decimal | None, Decimal | None]:
    """Return the losses, in quote units, at which the whole bot and its controller are stopped.

    They are part of a deployment: a bot that runs cannot be given others.
    """
    names = ("max_global_drawdown_quote", "max_controller_drawdown_quote")
    bot, controller = (Decimal(str(config[name])) if name in config else None for name in names)
    return bot, controller


def _fields(definition: Definition, config: Shape) -> dict[str, object]:
    match config:
        case SpreadConfig():
            return _generic(definition, "pmm_v1") | _spread(config)
        case GridConfig():
            return _generic(definition, "grid_strike") | _grid(config)
        case PassthroughConfig():
            return _passed_through(definition, config)
        case _:
            assert_never(config)


def _generic(definition: Definition, controller: str) -> dict[str, object]:
    return {
        "controller_name": controller,
        "controller_type": "generic",
        "manual_kill_switch": False,
        **market_fields(definition, controller),
    }


def _spread(config: SpreadConfig) -> dict[str, object]:
    return {
        "total_amount_quote": 0,  # unused: the amount is in base units
        "order_amount": config.order_amount,
        "buy_spreads": [config.bid_spread],
        "sell_spreads": [config.ask_spread],
        "order_refresh_time": config.order_interval,
        "filled_order_delay": min(config.order_interval, _FILLED_ORDER_DELAY_SECONDS),
    }


def _grid(config: GridConfig) -> dict[str, object]:
    given = {name: each for name, each in asdict(config).items() if each is not UNSET}
    used: dict[str, object] = {**GRID_DEFAULTS, **given}
    return {
        "side": _SIDES[used["side"]],
        "start_price": used["start_price"],
        "end_price": used["end_price"],
        "limit_price": used["limit_price"],
        "total_amount_quote": used["total_amount_quote"],
        "min_spread_between_orders": used["min_spread_between_orders"],
        "min_order_amount_quote": used["min_order_amount_quote"],
        "max_open_orders": used["max_open_orders"],
        "max_orders_per_batch": used["max_orders_per_batch"],
        "order_frequency": used["order_interval"],
        "activation_bounds": used["activation_bounds"],
        "leverage": 1,
        "position_mode": "ONEWAY",
        "keep_position": used["keep_position"],
        "triple_barrier_config": {
            "take_profit": used["take_profit"],
            "open_order_type": _LIMIT_MAKER,
            "take_profit_order_type": _LIMIT_MAKER,
        },
    }


def _passed_through(definition: Definition, passed: PassthroughConfig) -> dict[str, object]:
    inner = {name: value for name, value in inner_config(passed).items() if name != "id"}
    own = {"controller_name": passed.name, "controller_type": passed.type}
    return market_fields(definition, passed.name) | inner | own

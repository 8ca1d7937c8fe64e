"""The controllers that the upstream has, and the fields of those that were looked at closely.

Facts, as recorded from ``GET /controllers/{type}/{name}/config/template``.
"""

from dataclasses import dataclass
from typing import Final, Literal

CONTROLLERS: Final = {
    "directional_trading": (
        "bollinger_v1",
        "bollinger_v2",
        "bollingrid",
        "dman_v3",
        "macd_bb_v1",
        "supertrend_v1",
    ),
    "market_making": ("dman_maker_v2", "pmm_dynamic", "pmm_simple"),
    "generic": (
        "arbitrage_controller",
        "grid_strike",
        "hedge_asset",
        "lp_rebalancer",
        "multi_grid_strike",
        "pmm",
        "pmm_adjusted",
        "pmm_mister",
        "pmm_v1",
        "quantum_grid_allocator",
        "stat_arb",
        "xemm_multiple_levels",
    ),
}
# They have no config class on the recorded server: template and validate answer 404.
CLASSLESS: Final = ("lp_rebalancer", "stat_arb")
# Template and validate look at a base class, so that their own fields are refused as unknown.
# A bot with such a config runs all the same.
MISJUDGED: Final = ("macd_bb_v1", "pmm_dynamic", "pmm_simple", "supertrend_v1")

Kind = Literal[
    "text",
    "decimal",
    "decimal?",
    "positive?",
    "int",
    "int?",
    "positive int?",
    "bool",
    "spreads",
    "amounts",
    "order type",
    "mode",
    "mode of grid",
    "side",
    "trailing stop",
    "barrier",
    "positions",
]

_EXECUTORS: Final = "hummingbot.strategy_v2.executors.position_executor.data_types"
# What a template says of each kind.
TYPES: Final[dict[Kind, str]] = {
    "text": "<class 'str'>",
    "decimal": "<class 'decimal.Decimal'>",
    "decimal?": "typing.Optional[decimal.Decimal]",
    "positive?": "typing.Optional[decimal.Decimal]",
    "int": "<class 'int'>",
    "int?": "typing.Optional[int]",
    "positive int?": "typing.Optional[int]",
    "bool": "<class 'bool'>",
    "spreads": "typing.List[float]",
    "amounts": "typing.Optional[typing.List[decimal.Decimal]]",
    "order type": "<enum 'OrderType'>",
    "mode": "<enum 'PositionMode'>",
    "mode of grid": "<enum 'PositionMode'>",
    "side": "<enum 'TradeType'>",
    "trailing stop": f"typing.Optional[{_EXECUTORS}.TrailingStop]",
    "barrier": f"<class '{_EXECUTORS}.TripleBarrierConfig'>",
    "positions": (
        "typing.List[hummingbot.strategy_v2.models.position_config.InitialPositionConfig]"
    ),
}
REQUIRED: Final = "PydanticUndefined"


@dataclass(frozen=True, slots=True)
class ControllerField:
    """One field of a config class; a default of ``REQUIRED`` means that there is none."""

    name: str
    kind: Kind
    default: object


@dataclass(frozen=True, slots=True)
class ConfigClass:
    """What validate and template know of a controller."""

    name: str
    fields: tuple[ControllerField, ...]


_Row = tuple[str, Kind, object]


def _class(
    name: str, controller: str, controller_type: str, total: str, *rows: _Row
) -> ConfigClass:
    common: tuple[_Row, ...] = (
        ("id", "text", REQUIRED),
        ("controller_name", "text", controller),
        ("controller_type", "text", controller_type),
        ("total_amount_quote", "decimal", total),
        ("manual_kill_switch", "bool", False),
        ("initial_positions", "positions", []),
    )
    return ConfigClass(name, tuple(ControllerField(*row) for row in (*common, *rows)))


_BARRIERS: Final[tuple[_Row, ...]] = (
    ("leverage", "int", 20),
    ("position_mode", "mode", "HEDGE"),
    ("stop_loss", "positive?", "0.03"),
    ("take_profit", "positive?", "0.02"),
    ("time_limit", "positive int?", 2700),
    ("take_profit_order_type", "order type", "OrderType.LIMIT"),
    ("trailing_stop", "trailing stop", None),
)
_MARKET: Final[tuple[_Row, ...]] = (
    ("connector_name", "text", "binance_perpetual"),
    ("trading_pair", "text", "WLD-USDT"),
)
_MARKET_MAKING: Final = _class(
    "MarketMakingControllerConfigBase",
    REQUIRED,
    "market_making",
    "100",
    *_MARKET,
    ("buy_spreads", "spreads", "0.01,0.02"),
    ("sell_spreads", "spreads", "0.01,0.02"),
    ("buy_amounts_pct", "amounts", None),
    ("sell_amounts_pct", "amounts", None),
    ("executor_refresh_time", "int", 300),
    ("cooldown_time", "int", 15),
    *_BARRIERS,
    ("position_rebalance_threshold_pct", "decimal", "0.05"),
    ("skip_rebalance", "bool", False),
)
_DIRECTIONAL: Final = _class(
    "DirectionalTradingControllerConfigBase",
    REQUIRED,
    "directional_trading",
    "100",
    *_MARKET,
    ("max_executors_per_side", "int", 2),
    ("cooldown_time", "int", 300),
    *_BARRIERS,
)
_GRID_STRIKE: Final = _class(
    "GridStrikeConfig",
    "grid_strike",
    "generic",
    "1000",
    ("leverage", "int", 20),
    ("position_mode", "mode of grid", "PositionMode.HEDGE"),
    ("connector_name", "text", "okx"),
    ("trading_pair", "text", "WLD-USDT"),
    ("side", "side", "TradeType.BUY"),
    ("start_price", "decimal", "0.38"),
    ("end_price", "decimal", "0.75"),
    ("limit_price", "decimal", "0.35"),
    ("min_spread_between_orders", "decimal?", "0.001"),
    ("min_order_amount_quote", "decimal?", "5"),
    ("max_open_orders", "int", 2),
    ("max_orders_per_batch", "int?", 1),
    ("order_frequency", "int", 3),
    ("activation_bounds", "decimal?", None),
    ("keep_position", "bool", False),
    (
        "triple_barrier_config",
        "barrier",
        (
            "stop_loss=None take_profit=Decimal('0.001') time_limit=None trailing_stop=None"
            " open_order_type=<OrderType.LIMIT_MAKER: 3>"
            " take_profit_order_type=<OrderType.LIMIT_MAKER: 3>"
            " stop_loss_order_type=<OrderType.MARKET: 1>"
            " time_limit_order_type=<OrderType.MARKET: 1>"
        ),
    ),
)
_PMM_V1: Final = _class(
    "PMMV1Config",
    "pmm_v1",
    "generic",
    "0",
    ("connector_name", "text", "binance"),
    ("trading_pair", "text", "BTC-USDT"),
    ("order_amount", "decimal", "1"),
    ("buy_spreads", "spreads", "0.01"),
    ("sell_spreads", "spreads", "0.01"),
    ("order_refresh_time", "int", 30),
    ("order_refresh_tolerance_pct", "decimal", "-1"),
    ("filled_order_delay", "int", 60),
    ("inventory_skew_enabled", "bool", False),
    ("target_base_pct", "decimal", "0.5"),
    ("inventory_range_multiplier", "decimal", "1.0"),
    ("price_ceiling", "decimal", "-1"),
    ("price_floor", "decimal", "-1"),
)

# Of the other controllers only the name is known here: validate wants their `id` and no more.
CLASSES: Final = {
    "pmm_simple": _MARKET_MAKING,
    "pmm_dynamic": _MARKET_MAKING,
    "supertrend_v1": _DIRECTIONAL,
    "macd_bb_v1": _DIRECTIONAL,
    "grid_strike": _GRID_STRIKE,
    "pmm_v1": _PMM_V1,
}

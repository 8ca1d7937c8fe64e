"""The figures that a trading bot reports: they move at every beat, and only forwards in volume."""

from typing import Final

from bridge.simulator.replies import Config

# A bot's first fill comes this long after it begins to trade.
_FIRST_FILL_SECONDS: Final = 30.0
_QUOTE_PER_SECOND: Final = 0.4
_PRICE: Final = 0.0078
_TRADE_SECONDS: Final = 30
_TRADES_SHOWN: Final = 50


def performance(config: Config, traded_seconds: float) -> dict[str, object]:
    """Return the report of one controller after so many seconds of trading."""
    volume = round(traded_seconds * _QUOTE_PER_SECOND, 6)
    filled = traded_seconds >= _FIRST_FILL_SECONDS
    realized = round(volume * 0.003, 6) if filled else 0.0
    unrealized = round((traded_seconds % 60 - 30) * 0.001, 6) if traded_seconds else 0.0
    return {
        "realized_pnl_quote": realized,
        "unrealized_pnl_quote": unrealized,
        "unrealized_pnl_pct": 0.0,
        "realized_pnl_pct": 0.3 if filled else 0.0,
        "global_pnl_quote": round(realized + unrealized, 6),
        "global_pnl_pct": 0.3 if filled else 0.0,
        "volume_traded": volume,
        "positions_summary": [_position(config, volume, realized)] if filled else [],
        "close_type_counts": {"CloseType.EARLY_STOP": int(traded_seconds // 60)} if filled else {},
    }


def trades(config: Config, traded_seconds: float, now_ms: int) -> list[dict[str, object]]:
    """Return the last trades of one controller; prices and quantities are texts."""
    count = min(int(traded_seconds // _TRADE_SECONDS), _TRADES_SHOWN)
    pair = str(config.get("trading_pair"))
    base, _, quote = pair.partition("-")
    fee = {"token": quote, "amount": "0.01"}
    return [
        {
            "market": config.get("connector_name"),
            "trade_id": f"{now_ms - age * _TRADE_SECONDS * 1000}",
            "price": "0.007771",
            "quantity": "1608.",
            "symbol": pair,
            "trade_timestamp": now_ms - age * _TRADE_SECONDS * 1000,
            "trade_type": "BUY" if age % 2 else "SELL",
            "base_asset": base,
            "quote_asset": quote,
            "raw_json": {
                "trade_fee": {
                    "fee_type": "AddedToCost",
                    "percent": "0",
                    "percent_token": quote,
                    "flat_fees": [fee],
                }
            },
        }
        for age in range(count)
    ]


def _position(config: Config, volume: float, realized: float) -> dict[str, object]:
    return {
        "connector_name": config.get("connector_name"),
        "trading_pair": config.get("trading_pair"),
        "volume_traded_quote": volume,
        "side": "TradeType.BUY",
        "amount": 1600.0,
        "breakeven_price": _PRICE,
        "unrealized_pnl_quote": 0.1,
        "realized_pnl_quote": realized,
        "cum_fees_quote": 0.01,
    }

"""The exchange behind the upstream: one stand-in for all of them, with fixed conventions.

A pair is listed when both its parts are capital letters and digits and the base does not begin
with ``UNLISTED``. A key is refused when one of its values is empty or begins with ``bad``.
"""

import hashlib
import re
from typing import Final

from bridge.simulator import timings
from bridge.simulator.connectors import host
from bridge.simulator.faults import Faults

_PAIR: Final = re.compile(r"(?!UNLISTED)[A-Z0-9]{1,20}-[A-Z0-9]{2,10}")
_SAMPLE_PAIRS: Final = ("SHARP-USDT", "BTC-USDT")
# What a real server sends for "no limit" and "as fine as you like".
_HUGE: Final = 1e56
_TINY: Final = 1e-56


class Exchange:
    """What an exchange would say."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    @property
    def is_reachable(self) -> bool:
        """Whether it answers at all."""
        return not self._faults.is_on("exchange_dead")

    def lists(self, pair: object) -> bool:
        """Return whether it trades this pair."""
        return isinstance(pair, str) and _PAIR.fullmatch(pair) is not None

    def judge(self, connector: str, keys: dict[str, str]) -> tuple[float, str | None]:
        """Return how long it takes to try these keys, and why they are refused (None: accepted)."""
        if not self.is_reachable:
            return timings.CREDENTIAL_UNREACHABLE_SECONDS, unreachable(connector)
        seconds = timings.CREDENTIAL_SECONDS
        if self._faults.is_on("exchange_slow"):
            seconds = timings.CREDENTIAL_SLOW_EXCHANGE_SECONDS
        if any(not value or value.startswith("bad") for value in keys.values()):
            return seconds, (
                f"Error executing request GET https://{host(connector)}/spot/v1/wallet."
                ' HTTP status is 401. Error: {"code": 30005, "message": "Header X-BM-KEY not'
                ' found or invalid", "trace": "t", "data": {}}'
            )
        return seconds, None

    def rules(self, pairs: list[str]) -> dict[str, object]:
        """Return the trading rules of the pairs among these that are listed; of none: a sample."""
        wanted = pairs or _SAMPLE_PAIRS
        return {pair: _rule(pair) for pair in wanted if self.lists(pair)}


def unreachable(connector: str) -> str:
    """Return what the upstream says when it cannot reach an exchange."""
    return f"Cannot connect to host {host(connector)}:443 ssl:default [Name or service not known]"


def fingerprint(value: str) -> str:
    """Return a mark by which two equal secrets can be told, and no secret read."""
    return hashlib.sha256(value.encode()).hexdigest()[:12]


def _rule(pair: str) -> dict[str, object]:
    quote = pair.partition("-")[2]
    step = 1e-05 if pair.startswith(("BTC-", "ETH-")) else 1.0
    return {
        "min_order_size": step,
        "max_order_size": _HUGE,
        "min_price_increment": 1e-06,
        "min_base_amount_increment": step,
        "min_quote_amount_increment": _TINY,
        "min_notional_size": 0.0,
        "min_order_value": 5.0,
        "max_price_significant_digits": _HUGE,
        "supports_limit_orders": True,
        "supports_market_orders": True,
        "buy_order_collateral_token": quote,
        "sell_order_collateral_token": quote,
    }

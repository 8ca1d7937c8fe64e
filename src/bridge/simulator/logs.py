"""The upstream's memory of what its bots logged: the last 100 ordinary and 100 error lines each."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import msgspec

KEPT_LINES: Final = 100
# A trading bot says something this often, and fails at something this often.
_CHATTER_SECONDS: Final = 15.0
_ERROR_SECONDS: Final = 60.0
_LEVELS: Final = {"NETWORK": 16, "INFO": 20, "WARNING": 30, "ERROR": 40}
_STRATEGY: Final = "hummingbot.strategy.strategy_v2_base"
_TRACKER: Final = "hummingbot.connector.client_order_tracker"
_RATES: Final = "hummingbot.core.rate_oracle.sources.rate_source_base"
_FULL_LINE: Final = (
    "Created LIMIT BUY order BSPUT660d9380a64680a3b9f39299173 for 1608 SHARP-USDT at 0.007771."
)


def line(level: str, message: str, timestamp: float, logger: str = _STRATEGY) -> msgspec.Raw:
    """Return one log line as the upstream shows it, encoded once and for all."""
    entry = {
        "level_name": level,
        "msg": message,
        "timestamp": timestamp,
        "level_no": _LEVELS[level],
        "logger_name": logger,
    }
    return msgspec.Raw(msgspec.json.encode(entry))


def _lines() -> deque[msgspec.Raw]:
    return deque(maxlen=KEPT_LINES)


@dataclass(slots=True)
class LogBook:
    """What was heard of one bot."""

    general: deque[msgspec.Raw] = field(default_factory=_lines)
    errors: deque[msgspec.Raw] = field(default_factory=_lines)

    def note(self, entry: msgspec.Raw, *, is_error: bool = False) -> None:
        """Add a line."""
        (self.errors if is_error else self.general).append(entry)

    def chatter(self, since: float, until: float, epoch: float, error: str | None) -> None:
        """Add what a trading bot says between two moments.

        Args:
            since: Simulated moment, exclusive.
            until: Simulated moment, inclusive.
            epoch: The date of moment 0, as a timestamp.
            error: What it complains of each second, if it does.
        """
        for moment in _moments(since, until, _CHATTER_SECONDS):
            message = f"Created LIMIT BUY order BSPUT{int(moment * 1000):026x} for 1600 SHARP-USDT."
            self.note(line("INFO", message, epoch + moment, _TRACKER))
        for moment in _moments(since, until, _ERROR_SECONDS):
            message = "Unexpected error while retrieving rates. Check the log file for more info."
            self.note(line("ERROR", message, epoch + moment, _RATES), is_error=True)
        if error is not None:
            for moment in _moments(since, until, 1.0):
                self.note(line("ERROR", error, epoch + moment), is_error=True)


def full_log(level: str, epoch: float) -> list[msgspec.Raw]:
    """Return as many lines as are ever kept, of a usual length."""
    return [line(level, _FULL_LINE, epoch + number, _TRACKER) for number in range(KEPT_LINES)]


def _moments(since: float, until: float, period: float) -> list[float]:
    """Return the multiples of a period after ``since``, up to ``until``; the last 100 of them."""
    first, last = int(since // period) + 1, int(until // period)
    first = max(first, last - KEPT_LINES + 1)
    return [number * period for number in range(first, last + 1)]

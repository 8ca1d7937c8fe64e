"""What runs: one answer about all bots, decoded without their logs but for the last error.

With full logs it has 45 kB for each bot [size_50_bots_full_logs], nearly all of it log lines. A bot
that cannot be understood becomes ``unreadable``, and the others are none the worse. The upstream
leaves out bots that it is archiving, and all of them right after its own start, so that absence
from this answer proves nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, Literal

import msgspec
from msgspec import Raw

from bridge.hummingbot.errors import UpstreamProtocolError
from bridge.hummingbot.protocol.messages import Reply, Request, path_to
from bridge.hummingbot.protocol.reading import UNREADABLE, decode
from bridge.hummingbot.scrub import scrub
from bridge.hummingbot.wire import (
    BotStatus,
    ControllerReport,
    LogLine,
    Metrics,
    Statuses,
    UndecodedStatuses,
)
from bridge.text import is_storable

Word = Literal["running", "idle", "stopped", "stopping", "not_found", "unreadable"]

_WORDS: Final[Mapping[str, Word]] = {
    "running": "running",
    "idle": "idle",
    "stopped": "stopped",
    "stopping": "stopping",
    "not_found": "not_found",
}
_STATUSES: Final = msgspec.json.Decoder(Statuses)
_UNDECODED: Final = msgspec.json.Decoder(UndecodedStatuses)
_BOT: Final = msgspec.json.Decoder(BotStatus)
_LINES: Final = msgspec.json.Decoder(list[Raw])
_LINE: Final = msgspec.json.Decoder(LogLine)
_METRICS: Final = msgspec.json.Decoder(Metrics)
_OBJECT: Final = msgspec.json.Decoder(dict[str, Raw])
_NO_METRICS: Final = Metrics()
_MAX_EXPONENT: Final = 60  # the upstream's own "no limit" is 1e56


@dataclass(frozen=True, slots=True)
class ErrorLine:
    """A bot's newest error.

    Attributes:
        text: Scrubbed.
        logged_at: By the bot's clock; None when it is no time.
    """

    text: str
    logged_at: datetime | None


@dataclass(frozen=True, slots=True)
class BotLook:
    """One bot, as the upstream describes it.

    Attributes:
        word: ``stopped`` is also said of a bot that boots or waits for its exchange, and
            ``running`` of one that has been stopped [real_status_after_stop].
        is_recently_active: It sent something in the last 30 s.
        figures: By controller; None for a controller that reports an empty object.
        last_error: None also when its log cannot be understood.
    """

    word: Word
    is_recently_active: bool
    figures: Mapping[str, Metrics | None]
    last_error: ErrorLine | None

    @property
    def has_figures(self) -> bool:
        """Whether a controller reports figures: what tells a running bot from a stopped one."""
        return any(each is not None for each in self.figures.values())


UNREADABLE_BOT: Final = BotLook("unreadable", is_recently_active=False, figures={}, last_error=None)


def read_statuses() -> Request:
    """Ask about all bots. Costs the upstream half a second for 50 bots with full logs."""
    return Request("read_statuses", "GET", path_to("bot-orchestration", "status"), "read")


def decode_statuses(reply: Reply) -> dict[str, BotLook]:
    """Return the bots by instance name [status_all]; an empty answer is one too.

    Names that PostgreSQL cannot hold are left out: no bot of ours has one.

    Raises:
        UpstreamProtocolError: It is no such answer: nothing is known about any bot.
    """
    statuses: Statuses | UndecodedStatuses
    try:
        statuses = decode(reply, _STATUSES)
    except UpstreamProtocolError:  # one odd bot, or no such answer at all
        statuses = decode(reply, _UNDECODED)
    if statuses.status != "success":
        raise UpstreamProtocolError
    return {name: _look(bot) for name, bot in statuses.data.items() if is_storable(name)}


def _look(bot: BotStatus | Raw) -> BotLook:
    try:
        known = bot if isinstance(bot, BotStatus) else _BOT.decode(bot)
        figures = {name: _figures(report) for name, report in known.performance.items()}
    except UNREADABLE:
        return UNREADABLE_BOT
    word = _WORDS.get(known.status)
    if word is None or not all(map(is_storable, figures)):
        return UNREADABLE_BOT
    return BotLook(word, known.recently_active, figures, _last_error(known.error_logs))


def _figures(report: ControllerReport) -> Metrics | None:
    metrics = _METRICS.decode(report.performance)
    if metrics == _NO_METRICS:
        if _OBJECT.decode(report.performance):
            raise msgspec.DecodeError  # figures by names nobody knows are not "no figures"
        return None
    numbers: list[Decimal | None] = list(msgspec.structs.astuple(metrics))
    if not all(number is None or _is_sane(number) for number in numbers):
        raise msgspec.DecodeError
    return metrics


def _is_sane(number: Decimal) -> bool:
    return number.is_finite() and abs(number.adjusted()) <= _MAX_EXPONENT


def _last_error(raw: Raw) -> ErrorLine | None:
    try:
        lines = _LINES.decode(raw)
        if not lines:
            return None
        newest = _LINE.decode(lines[-1])
    except UNREADABLE:
        return None
    return ErrorLine(scrub(newest.msg), _time(newest.timestamp))


def _time(timestamp_seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(timestamp_seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None

"""How this process hears of what others write: hints at once, and a sweep that misses nothing.

`versions` is the truth about change. A hint (NOTIFY) is quick and may be lost; the sweep, about
each second, reads what changed in the last 30 seconds, which is longer than writes take. After each
new connection, and each minute, all that is held is compared. The sweep is also how the feed knows
that it works: while it does not, nothing is answered from what is held.
"""

import asyncio
import re
import time
from collections.abc import Iterator
from typing import Final

import msgspec
import structlog

from bridge.db.dsn import Dsn
from bridge.db.listener import Listener, listening
from bridge.db.sql import load
from bridge.errors import DatabaseUnavailableError
from bridge.lifecycle.leader import FIND_HEARTBEAT, LEASE, HeartbeatRow
from bridge.lifecycle.sight import look_of
from bridge.live.cache import Cache

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# With the time that a sweep takes, a change is found within 1.1 seconds when every hint is lost.
SWEEP_SECONDS: Final = 0.9
_COMPARE_SECONDS: Final = 60.0
_ANSWER_SECONDS: Final = 2.0
# With a sweep and its wait for an answer: after that nobody sweeps any more.
_GRACE_SECONDS: Final = 0.5
_AGAIN_SECONDS: Final = (0.0, 0.1, 0.5, 1.0)
_MOST_CHANGED: Final = 100_000
_ASKED_AT_ONCE: Final = 10_000
EVERYTHING: Final = "*"
# Whoever may connect to the database may notify anything.
_VERSION: Final = re.compile(r"[0-9]{1,19}")

LIST_CHANGED: Final = load("versions/list_changed")
LIST_OF: Final = load("versions/list_of")


class VersionRow(msgspec.Struct, frozen=True):
    """Which version an account has."""

    account: str
    version: int
    tag: str


class Feed:
    """Keeps a cache true.

    Args:
        dsn: Straight to the database, if hints are to be heard.
        cache: What is kept.
        hints: Whether to listen to hints; without, each change is found by the sweep.
        sweep_seconds: From one sweep to the next.
    """

    def __init__(
        self, dsn: Dsn, cache: Cache, *, hints: bool, sweep_seconds: float = SWEEP_SECONDS
    ) -> None:
        self._dsn = dsn
        self._cache = cache
        self._hints = hints
        self._sweep_seconds = sweep_seconds
        self._failures = 0
        self._watchdog: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Follow the database until cancelled; whatever it does."""
        try:
            while True:
                try:
                    hear = self._hear if self._hints else None
                    async with listening(self._dsn, hear, _ANSWER_SECONDS) as listener:
                        await self._follow(listener)
                except DatabaseUnavailableError as error:
                    await self._fail(error)
        finally:
            self._stop_trusting()

    async def _follow(self, listener: Listener) -> None:
        compared_at = 0.0
        while True:
            now = time.monotonic()
            if now - compared_at >= _COMPARE_SECONDS or compared_at == 0.0:
                await self._compare_all(listener)
                compared_at = now
            await self._sweep(listener)
            self._trust()
            await asyncio.sleep(self._sweep_seconds)

    async def _sweep(self, listener: Listener) -> None:
        changed = await listener.ask(VersionRow, LIST_CHANGED, _MOST_CHANGED)
        self._cache.compare((row.account, row.version, row.tag) for row in changed)
        asked_at = time.monotonic()
        for beat in await listener.ask(HeartbeatRow, FIND_HEARTBEAT, LEASE):
            self._cache.see(look_of(beat), asked_at)

    async def _compare_all(self, listener: Listener) -> None:
        for accounts in _parts(self._cache.entries.accounts()):
            rows = await listener.ask(VersionRow, LIST_OF, accounts, len(accounts))
            found = {row.account: (row.version, row.tag) for row in rows}
            self._cache.compare((each, *found.get(each, (0, ""))) for each in accounts)

    def _hear(self, payload: str) -> None:
        if payload == EVERYTHING:
            self._cache.forget()
            return
        for hint in payload.split(","):
            account, _, rest = hint.partition(":")
            version, _, tag = rest.partition(":")
            if _VERSION.fullmatch(version):
                self._cache.hint(account, int(version), tag)

    def _trust(self) -> None:
        self._failures = 0
        if self._watchdog is not None:
            self._watchdog.cancel()
        until = self._sweep_seconds + _ANSWER_SECONDS + _GRACE_SECONDS
        loop = asyncio.get_running_loop()
        self._watchdog = loop.call_later(until, self._cache.distrust)
        self._cache.trust()

    async def _fail(self, error: DatabaseUnavailableError) -> None:
        # A connection that was cut is made again at once: the database may be as well as before.
        if self._failures > 0:
            self._stop_trusting()
        if self._failures == 1:
            _LOG.warning("changes are not heard of", reason=error.detail)
        pause = _AGAIN_SECONDS[min(self._failures, len(_AGAIN_SECONDS) - 1)]
        self._failures += 1
        await asyncio.sleep(pause)

    def _stop_trusting(self) -> None:
        if self._watchdog is not None:
            self._watchdog.cancel()
        self._cache.distrust()


def _parts(accounts: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(accounts), _ASKED_AT_ONCE):
        yield accounts[start : start + _ASKED_AT_ONCE]

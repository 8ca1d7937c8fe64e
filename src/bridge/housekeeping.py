"""What every server process does now and then: forgets what has been kept long enough.

Any number of processes may do it at once: each takes what no other holds. Batches are small, so
that nobody waits for them, and a process that is killed leaves nothing half done.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from bridge.access.repository import HousekeepingRepository, KeyRepository
from bridge.audit.repository import EventRepository
from bridge.background import in_background
from bridge.connectors.keys import KeyWatch
from bridge.db.pool import Database
from bridge.errors import DatabaseUnavailableError
from bridge.idempotency.repository import AnswerRepository
from bridge.settings import Settings

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

ANSWERS_KEPT: Final = timedelta(hours=24)
BATCH: Final = 1_000
_PAUSE_SECONDS: Final = 0.1
_NO_KEY: Final = "nobody has a key yet: run 'bridge keys create --role admin --name <whose>'"

Work = Callable[[], Awaitable[object]]
# Forgets one batch and says how many there were.
Chore = Callable[[], Awaitable[int]]


@asynccontextmanager
async def housekeeping(
    settings: Settings, database: Database, watch: KeyWatch
) -> AsyncGenerator[None]:
    """Keep house in the background while the block runs; the first look at the keys is at once."""
    events, answers = EventRepository(database), AnswerRepository(database)
    events_kept = timedelta(days=settings.events_days)
    chores: list[Chore] = [
        lambda: events.prune(events_kept, BATCH),
        lambda: answers.prune(ANSWERS_KEPT, BATCH),
    ]
    turn: list[Work] = [
        *(partial(_finish, chore) for chore in chores),
        HousekeepingRepository(database).clear,
        watch.look,
    ]
    first: list[Work] = [watch.look]
    if not (settings.is_open or settings.admin_key or settings.admin_wallets):
        first.append(partial(_look_for_callers, database))
    work = partial(_run, first, turn, settings.housekeeping_seconds)
    async with in_background({"housekeeping": work}):
        yield


async def _run(first: Sequence[Work], turn: Sequence[Work], every_seconds: float) -> None:
    for work in first:
        await _try(work)
    while True:
        # Not all processes at the same moment.
        await asyncio.sleep(every_seconds * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
        for work in turn:
            await _try(work)


async def _try(work: Work) -> None:
    try:
        await work()
    except DatabaseUnavailableError:
        pass  # the pool has said so
    except Exception:  # noqa: BLE001 - one that breaks does not keep the others from their turn
        _LOG.exception("housekeeping failed and is tried again")


async def _finish(chore: Chore) -> None:
    """Forget batch after batch until one is not full."""
    while await chore() == BATCH:  # noqa: ASYNC110 - waits for nothing, but leaves others a turn
        await asyncio.sleep(_PAUSE_SECONDS)


async def _look_for_callers(database: Database) -> None:
    """Say how to make the first key when nobody can call without one."""
    if not await KeyRepository(database).is_any():
        _LOG.warning(_NO_KEY)

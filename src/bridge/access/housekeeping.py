"""Clearing away what has expired, once a minute in every process."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from bridge.access.repository import HousekeepingRepository, KeyRepository
from bridge.db.pool import Database
from bridge.errors import DatabaseUnavailableError

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
_SECONDS: Final = 60.0
_NO_KEY: Final = "nobody has a key yet: run 'bridge keys create --role admin --name <whose>'"


@asynccontextmanager
async def housekeeping(database: Database, *, needs_key: bool) -> AsyncGenerator[None]:
    """Clear away expired sessions, challenges, tickets and buckets while the block runs.

    Args:
        database: Where they are.
        needs_key: Whether nobody can call without a stored key; when there is none, the log says
            how to make one.
    """
    task = asyncio.create_task(_keep_house(database, needs_key=needs_key))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _keep_house(database: Database, *, needs_key: bool) -> None:
    if needs_key:
        with suppress(DatabaseUnavailableError):
            if not await KeyRepository(database).is_any():
                _LOG.warning(_NO_KEY)
    while True:
        await asyncio.sleep(_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
        try:
            await HousekeepingRepository(database).clear()
        except DatabaseUnavailableError:
            continue  # the next time will do
        except Exception:  # noqa: BLE001 - the loop goes on
            _LOG.exception("what has expired could not be cleared away")

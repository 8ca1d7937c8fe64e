"""Work beside the requests: what breaks is said in the log, and begun anew after a moment."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

import structlog

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
_PAUSE_SECONDS: Final = 1.0

# Goes on until it is cancelled; whatever else ends it is a mistake of ours.
Work = Callable[[], Awaitable[None]]


@asynccontextmanager
async def in_background(works: Mapping[str, Work]) -> AsyncGenerator[None]:
    """Have each of these done while the block runs.

    Args:
        works: By the name under which the log speaks of it.
    """
    tasks = [asyncio.create_task(_go_on(name, work), name=name) for name, work in works.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _go_on(name: str, work: Work) -> None:
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001 - the supervisor of everything in the background
            _LOG.exception("background work broke and begins anew", work=name)
        await asyncio.sleep(_PAUSE_SECONDS)

"""What the database says of itself and of the leader, to everybody who asks how the service is.

Nobody needs a key for that, so those who ask at the same time are one look.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from bridge.db.pool import Database, DatabaseFacts
from bridge.db.together import Together
from bridge.errors import DatabaseUnavailableError
from bridge.lifecycle.leader import HeartbeatRow, find_heartbeat

_SECONDS: Final = 2


class HealthLooks:
    """Looks of at most two seconds; whoever comes during one waits for the next."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._facts = Together(self._look)
        self._beats = Together(self._look_for_beat)

    async def facts(self) -> DatabaseFacts:
        """Return what answers, whatever its schema.

        Raises:
            DatabaseUnavailableError: Nothing does in time.
        """
        found = await self._facts.find(None)
        if found is None:
            raise AssertionError  # a look returns or raises
        return found

    async def beat(self) -> HeartbeatRow | None:
        """Return how the leader is; None when there is none, or nobody says so in time."""
        return await self._beats.find(None)

    async def _look(self, _keys: list[None]) -> Mapping[None, DatabaseFacts]:
        return {None: await self._database.look(_SECONDS)}

    async def _look_for_beat(self, _keys: list[None]) -> Mapping[None, HeartbeatRow]:
        try:
            async with asyncio.timeout(_SECONDS):
                beat = await find_heartbeat(self._database)
        except (DatabaseUnavailableError, TimeoutError):
            return {}
        return {} if beat is None else {None: beat}

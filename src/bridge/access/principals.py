"""Who is behind an Authorization header: asked of the database once, then known for a while.

All that is known is asked for again once a second, in one statement, so that a key or a session
that has ended is unknown within a second in every process. Nothing is kept where nobody asks again.
While the database does not answer, whoever was known stays so for `OUTAGE_SECONDS`, as long as
held answers are served; everybody else gets a 503.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

import structlog

from bridge.access.identities import (
    Newcomers,
    Trust,
    bearer_of,
    is_admin_key,
    trusted,
)
from bridge.access.principal import ADMIN_KEY, OPEN, Principal
from bridge.access.repository import PrincipalRepository
from bridge.background import in_background
from bridge.db.pool import Database
from bridge.errors import AuthenticationError, DatabaseUnavailableError

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

# The statement takes its time too, and all of it is to be over within a second.
SWEEP_SECONDS: Final = 0.75
OUTAGE_SECONDS: Final = 300.0
# Then a header is asked for anew, so that the use of its key is noted and the unused is forgotten.
KNOWN_SECONDS: Final = 60.0
MOST_KNOWN: Final = 10_000

_TICKET_ENDED: Final = "This ticket was used already, or is too old: ask for another one."
_HOW_TO_GET_ONE: Final = (
    "This call needs a key: send it as 'Authorization: Bearer <key>'."
    " 'bridge keys create --role admin --name <whose>' makes one."
)


class Principals:
    """Everybody who is known in this process.

    Attributes:
        everybody: Who calls in open mode, whatever is sent; None in all others.
        by_header: Who is known by what they send; for looking only.
    """

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self.everybody = OPEN if trust.is_open else None
        self.by_header: dict[bytes | None, Principal] = {}
        self._forget_at: dict[bytes | None, float] = {}
        self._watched: dict[UUID, Principal] = {}
        self._watchers: dict[UUID, set[Callable[[], None]]] = {}
        self._database: Database | None = None
        self._newcomers: Newcomers | None = None
        self._is_kept = False
        self._asked_at = 0.0

    def known(self, authorization: bytes | None) -> Principal | None:
        """Return who sends this header, if that is known already; one look into a dict.

        None says only that it is still to be asked for, by `identify`.
        """
        return self.everybody or self.by_header.get(authorization)

    async def identify(self, authorization: bytes | None) -> Principal:
        """Return who sends this header.

        Raises:
            AuthenticationError: It is missing, or nothing that holds.
            DatabaseUnavailableError: It has the form of a key or session and cannot be asked for.
        """
        bearer = bearer_of(authorization)
        # Known by one spelling: else whoever varies theirs pushes the others out.
        spelled = None if bearer is None else b"Bearer " + bearer
        known = self.known(spelled)
        if known is not None:
            return known
        if bearer is None:
            raise AuthenticationError(self._sentence())
        if is_admin_key(self._trust, bearer):
            principal = ADMIN_KEY
        else:
            found = await self._require_newcomers().find(bearer)
            if found is None:
                raise AuthenticationError(self._sentence())
            principal = found
        self._keep(spelled, principal)
        return principal

    async def redeem(self, ticket: str) -> Principal:
        """Return for whom a ticket opens a stream, and use it up.

        Raises:
            AuthenticationError: It was used, is too old, or its owner has lost the right meanwhile.
            DatabaseUnavailableError: It cannot be asked for.
        """
        if self.everybody is not None:
            return self.everybody
        principal = await self._require_newcomers().redeem(ticket)
        if principal is None:
            raise AuthenticationError(_TICKET_ENDED)
        return principal

    def watch(self, principal: Principal, on_end: Callable[[], None]) -> Callable[[], None]:
        """Have ``on_end`` called, once, when a principal stops being valid.

        It is called in the event loop, and must neither block nor raise. What is returned ends the
        watch, and may be called at any time, twice too.
        """
        if principal.id is None:
            return _nothing
        key = principal.id
        self._watched[key] = principal
        self._watchers.setdefault(key, set()).add(on_end)

        def unwatch() -> None:
            watchers = self._watchers.get(key, set())
            watchers.discard(on_end)
            if not watchers:
                self._watchers.pop(key, None)
                self._watched.pop(key, None)

        return unwatch

    def end(self, principal_id: UUID) -> None:
        """Forget a principal at once, and tell who watches it."""
        self._end_all({principal_id})

    @asynccontextmanager
    async def kept(self, database: Database) -> AsyncGenerator[None]:
        """Ask this database, and keep what it says up to date, while the block runs."""
        self._database = database
        self._newcomers = Newcomers(database, self._trust)
        self._asked_at = time.monotonic()
        self._is_kept = True
        try:
            async with in_background({"principals": self._sweep_for_ever}):
                yield
        finally:
            self._is_kept = False
            self._end_all(self._stored().keys())
            self.by_header.clear()
            self._database = self._newcomers = None

    async def sweep(self) -> None:
        """Ask for all that are known, in one statement; nothing when nobody is."""
        started_at = time.monotonic()
        asked = self._stored()
        if asked:
            keys = [key for key, each in asked.items() if each.kind == "api_key"]
            sessions = [key for key, each in asked.items() if each.kind == "session"]
            stored = PrincipalRepository(self._require_database())
            try:
                rows = await stored.find_valid(keys, sessions)
            except DatabaseUnavailableError:
                if started_at - self._asked_at > OUTAGE_SECONDS:
                    self._end_all(asked.keys())
                return
            valid = trusted(self._trust, rows)
            ended = {key for key, each in asked.items() if not _goes_on(each, valid.get(key))}
            self._end_all(ended)
            self._renew(valid, started_at)
        self._asked_at = started_at

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.sweep()
            except Exception:  # noqa: BLE001 - the loop goes on; whom it cannot vouch for must go
                _LOG.exception("principals could not be asked for again")
                self._end_all(self._stored().keys())

    def _stored(self) -> dict[UUID, Principal]:
        known = {each.id: each for each in self.by_header.values() if each.id is not None}
        return known | self._watched

    def _end_all(self, principal_ids: AbstractSet[UUID]) -> None:
        for authorization, principal in list(self.by_header.items()):
            if principal.id in principal_ids:
                self._forget(authorization)
        for principal_id in list(principal_ids):
            self._watched.pop(principal_id, None)
            for on_end in self._watchers.pop(principal_id, set()):
                on_end()

    def _keep(self, authorization: bytes | None, principal: Principal) -> None:
        if not self._is_kept:
            return
        while len(self.by_header) >= MOST_KNOWN:
            self._forget(next(iter(self.by_header)))
        # Those that came at once do not all ask again at once.
        lifetime = KNOWN_SECONDS * random.uniform(0.8, 1)  # noqa: S311 - jitter
        self.by_header[authorization] = principal
        self._forget_at[authorization] = time.monotonic() + lifetime

    def _renew(self, valid: dict[UUID, Principal], now: float) -> None:
        for authorization, principal in list(self.by_header.items()):
            if self._forget_at[authorization] <= now:
                self._forget(authorization)
            elif principal.id is not None:
                renewed = valid.get(principal.id, principal)
                if renewed.shows != principal.shows:
                    self.by_header[authorization] = renewed

    def _forget(self, authorization: bytes | None) -> None:
        self.by_header.pop(authorization, None)
        self._forget_at.pop(authorization, None)

    def _require_database(self) -> Database:
        if self._database is None:
            raise DatabaseUnavailableError
        return self._database

    def _require_newcomers(self) -> Newcomers:
        if self._newcomers is None:
            raise DatabaseUnavailableError
        return self._newcomers

    def _sentence(self) -> str | None:
        return None if self._trust.admin_key is not None else _HOW_TO_GET_ONE


def _goes_on(known: Principal, now: Principal | None) -> bool:
    """Whether somebody may still see what they saw: a stream goes by what it began with."""
    return now is not None and (now.role, now.account) == (known.role, known.account)


def _nothing() -> None:
    """End no watch."""

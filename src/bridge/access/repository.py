"""Keys, sessions, challenges and tickets in PostgreSQL; whatever is secret comes as its digest."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from bridge.access.structs import (
    ChallengeRow,
    ListedKeyRow,
    LoginRow,
    NewcomerRow,
    NewKey,
    NewSession,
    PrincipalRow,
    RevokedKeyRow,
    TicketRow,
)
from bridge.db.rows import Executor, constraint_errors, fetch_all, fetch_one
from bridge.db.sql import load
from bridge.errors import AuthenticationError, BridgeError, ClientNotFoundError

# Whoever it is for may be deleted between the look at it and the insertion.
ERRORS_BY_CONSTRAINT: Mapping[str, type[BridgeError]] = {
    "api_keys_client_id_fkey": ClientNotFoundError,
    "sessions_client_id_fkey": AuthenticationError,
    "stream_tickets_api_key_id_fkey": AuthenticationError,
    "stream_tickets_session_id_fkey": AuthenticationError,
}


class PrincipalRepository:
    """Who is behind a key, a session or a ticket."""

    FIND_NEW: Final = load("principals/find_new")
    FIND_VALID: Final = load("principals/find_valid")
    NOTE_USE: Final = load("api_keys/note_use")
    FIND_OPEN_TICKETS: Final = load("stream_tickets/find_open")
    CONSUME_TICKET: Final = load("stream_tickets/consume")

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def find_new(self, public_ids: list[str], token_hashes: list[bytes]) -> list[NewcomerRow]:
        """Return the keys and sessions of these that hold; secrets are still to be compared."""
        return await fetch_all(self._db, NewcomerRow, self.FIND_NEW, public_ids, token_hashes)

    async def find_valid(self, key_ids: list[UUID], session_ids: list[UUID]) -> list[PrincipalRow]:
        """Return those that still hold, as they are now."""
        return await fetch_all(self._db, PrincipalRow, self.FIND_VALID, key_ids, session_ids)

    async def note_use(self, key_id: UUID) -> None:
        """Say that a key was used; at most once a minute, whoever says it."""
        await self._db.execute(self.NOTE_USE, key_id)

    async def find_open_tickets(self, ticket_hashes: list[bytes]) -> list[bytes]:
        """Return those of these tickets that may still be used."""
        rows = await self._db.fetch(self.FIND_OPEN_TICKETS, ticket_hashes)
        return [msgspec.convert(row[0], bytes) for row in rows]

    async def consume_ticket(self, ticket_hash: bytes) -> TicketRow | None:
        """Use a ticket up; None when somebody has, or it is too late."""
        return await fetch_one(self._db, TicketRow, self.CONSUME_TICKET, ticket_hash)


class KeyRepository:
    """API keys as those see them who give them away."""

    INSERT: Final = load("api_keys/insert")
    LIST: Final = load("api_keys/list")
    REVOKE: Final = load("api_keys/revoke")
    FIND_ANY: Final = load("api_keys/find_any")

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def insert(self, key: NewKey) -> None:
        """Store a key."""
        with constraint_errors(ERRORS_BY_CONSTRAINT):
            await self._db.execute(self.INSERT, *msgspec.structs.astuple(key))

    async def list(self, limit: int) -> list[ListedKeyRow]:
        """Return the oldest keys, those that have ended too."""
        return await fetch_all(self._db, ListedKeyRow, self.LIST, limit)

    async def revoke(self, public_id: str) -> RevokedKeyRow | None:
        """End a key; None when no such key holds."""
        return await fetch_one(self._db, RevokedKeyRow, self.REVOKE, public_id)

    async def is_any(self) -> bool:
        """Return whether anybody has a key that holds."""
        return await self._db.fetchrow(self.FIND_ANY) is not None


class LoginRepository:
    """How sessions and streams begin, and how sessions end."""

    FIND_LOGINS: Final = load("wallets/find_logins")
    INSERT_CHALLENGE: Final = load("login_challenges/insert")
    FIND_OPEN_CHALLENGES: Final = load("login_challenges/find_open")
    CONSUME_CHALLENGE: Final = load("login_challenges/consume")
    INSERT_SESSION: Final = load("sessions/insert")
    DELETE_SESSION: Final = load("sessions/delete")
    INSERT_TICKET: Final = load("stream_tickets/insert")

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def find_logins(self, address_keys: list[str]) -> list[LoginRow]:
        """Return the clients of these wallets; the keys are addresses in lower case."""
        return await fetch_all(self._db, LoginRow, self.FIND_LOGINS, address_keys)

    async def insert_challenge(self, challenge: ChallengeRow, seconds: float) -> None:
        """Remember a message that may be signed for so long."""
        await self._db.execute(self.INSERT_CHALLENGE, *msgspec.structs.astuple(challenge), seconds)

    async def find_open_challenges(self, message_hashes: list[bytes]) -> list[ChallengeRow]:
        """Return what these messages were made for, of those that may still be used."""
        return await fetch_all(self._db, ChallengeRow, self.FIND_OPEN_CHALLENGES, message_hashes)

    async def consume_challenge(self, message_hash: bytes) -> bool:
        """Use a message up; False when somebody has, or it is too late."""
        return await self._db.fetchrow(self.CONSUME_CHALLENGE, message_hash) is not None

    async def insert_session(self, session: NewSession) -> datetime:
        """Store a session and return its end."""
        with constraint_errors(ERRORS_BY_CONSTRAINT):
            row = await self._db.fetchrow(self.INSERT_SESSION, *msgspec.structs.astuple(session))
        if row is None:
            raise AssertionError  # what was inserted is returned
        return msgspec.convert(row[0], datetime)

    async def delete_session(self, session_id: UUID) -> bool:
        """End a session; False when it had ended."""
        return await self._db.fetchrow(self.DELETE_SESSION, session_id) is not None

    async def insert_ticket(
        self, ticket_hash: bytes, key_id: UUID | None, session_id: UUID | None, seconds: float
    ) -> datetime:
        """Store a ticket and return its end."""
        owner = (key_id, session_id)
        with constraint_errors(ERRORS_BY_CONSTRAINT):
            row = await self._db.fetchrow(self.INSERT_TICKET, ticket_hash, *owner, seconds)
        if row is None:
            raise AssertionError  # what was inserted is returned
        return msgspec.convert(row[0], datetime)


class LimitRepository:
    """Buckets that all processes share."""

    TAKE: Final = load("rate_limits/take")

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def take(self, name: str, interval_seconds: float, burst_seconds: float) -> bool:
        """Take one from a bucket; False when it is empty."""
        row = await self._db.fetchrow(self.TAKE, name, interval_seconds, burst_seconds)
        return row is not None


class HousekeepingRepository:
    """What has had its time."""

    DELETE_SESSIONS: Final = load("sessions/delete_expired")
    DELETE_CHALLENGES: Final = load("login_challenges/delete_expired")
    DELETE_TICKETS: Final = load("stream_tickets/delete_expired")
    DELETE_LIMITS: Final = load("rate_limits/delete_full")

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def clear(self) -> None:
        """Delete up to a thousand rows of each kind; others may do the same meanwhile."""
        await self._db.execute(self.DELETE_SESSIONS)
        await self._db.execute(self.DELETE_CHALLENGES)
        await self._db.execute(self.DELETE_TICKETS)
        await self._db.execute(self.DELETE_LIMITS)

"""What a header or a ticket proves: the admin key by comparing, all else by asking the database."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from bridge.access.principal import ADMIN_KEY, Principal
from bridge.access.repository import PrincipalRepository
from bridge.access.structs import NewcomerRow, PrincipalRow
from bridge.access.tokens import Token, parse_token
from bridge.db.rows import Executor
from bridge.db.together import Together

_MOST_HEADER_BYTES: Final = 4_096


@dataclass(frozen=True, slots=True, repr=False)
class Trust:
    """What is trusted without asking the database.

    Attributes:
        is_open: Take every request, and look at no Authorization header.
        admin_key: As its bytes arrive; None when none is set.
        admin_wallets: Addresses in lower case, whose sessions are those of admins.
    """

    is_open: bool
    admin_key: bytes | None = None
    admin_wallets: frozenset[str] = frozenset()


def is_admin_key(trust: Trust, bearer: bytes) -> bool:
    """Whether this is the admin key; takes equally long wherever it differs."""
    if trust.admin_key is None:
        return False
    # Digests have one length, so that the time does not tell the key's.
    return hmac.compare_digest(sha256(bearer).digest(), sha256(trust.admin_key).digest())


def bearer_of(authorization: bytes | None) -> bytes | None:
    """Return what follows the scheme, if that is Bearer."""
    if authorization is None or len(authorization) > _MOST_HEADER_BYTES:
        return None
    scheme, _, token = authorization.partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else None


class Newcomers:
    """Whoever sends what this process has not seen lately."""

    def __init__(self, db: Executor, trust: Trust) -> None:
        self._db = db
        self._trust = trust
        self._holders = Together(self._ask_for_holders)
        self._tickets = Together(self._ask_for_tickets)

    async def find(self, bearer: bytes) -> Principal | None:
        """Return who holds a key or a session; None when it is neither.

        Raises:
            DatabaseUnavailableError: It has the form of one and cannot be asked for.
        """
        token = parse_token(bearer.decode("latin-1"))
        if token is None or token.kind == "ticket":
            return None
        row = await self._holders.find(token)
        if row is None:
            return None
        if not row.is_use_noted:
            await PrincipalRepository(self._db).note_use(row.id)
        return next(iter(trusted(self._trust, [row]).values()), None)

    async def redeem(self, ticket: str) -> Principal | None:
        """Return for whom a ticket opens a stream, and use it up; None when it opens none.

        Raises:
            DatabaseUnavailableError: It cannot be asked for.
        """
        token = parse_token(ticket)
        if token is None or token.kind != "ticket":
            return None
        if await self._tickets.find(token.digest) is None:
            return None
        stored = PrincipalRepository(self._db)
        found = await stored.consume_ticket(token.digest)
        if found is None:
            return None
        if found.api_key_id is None and found.session_id is None:
            return ADMIN_KEY if self._trust.admin_key is not None else None
        keys = [] if found.api_key_id is None else [found.api_key_id]
        sessions = [] if found.session_id is None else [found.session_id]
        rows = await stored.find_valid(keys, sessions)
        return next(iter(trusted(self._trust, rows).values()), None)

    async def _ask_for_holders(self, tokens: list[Token]) -> dict[Token, NewcomerRow]:
        rows = await PrincipalRepository(self._db).find_new(
            [token.public_id for token in tokens if token.kind == "key"],
            [token.digest for token in tokens if token.kind == "session"],
        )
        found = {row.handle if row.kind == "api_key" else row.digest: row for row in rows}
        return {
            token: row
            for token in tokens
            if (row := found.get(token.public_id or token.digest)) is not None
            and hmac.compare_digest(token.digest, row.digest)
        }

    async def _ask_for_tickets(self, digests: list[bytes]) -> dict[bytes, bool]:
        return dict.fromkeys(await PrincipalRepository(self._db).find_open_tickets(digests), True)


def trusted(trust: Trust, rows: Sequence[PrincipalRow]) -> dict[UUID, Principal]:
    """Return principals by id, without sessions of wallets that are no admin's any more."""
    return {
        row.id: _principal(row)
        for row in rows
        if row.kind == "api_key"
        or row.role == "client"
        or row.handle.lower() in trust.admin_wallets
    }


def _principal(row: PrincipalRow) -> Principal:
    is_session = row.kind == "session"
    return Principal(
        kind=row.kind,
        role=row.role,
        actor=f"wallet:{row.handle}" if is_session else f"key:{row.handle}",
        name=row.display_name,
        id=row.id,
        account=row.account_identifier,
        client_id=row.client_id,
        self_service=row.self_service,
        wallet_address=row.handle if is_session else None,
    )

"""What a header or a ticket proves: the admin key by comparing, all else by asking the database."""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from bridge.access.principal import ADMIN_KEY, Principal
from bridge.access.repository import LoginRepository, PrincipalRepository
from bridge.access.structs import KeyRow, PrincipalRow, SessionRow
from bridge.access.tokens import parse_token
from bridge.db.rows import Executor

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


async def find_principal(db: Executor, trust: Trust, bearer: bytes) -> Principal | None:
    """Return who holds a key or a session; None when it is neither, without a statement if clear.

    Raises:
        DatabaseUnavailableError: It has the form of one and cannot be asked for.
    """
    token = parse_token(bearer.decode("latin-1"))
    if token is None or token.kind == "ticket":
        return None
    stored = PrincipalRepository(db)
    if token.kind == "session":
        session = await stored.find_session(token.digest)
        found = [] if session is None else [_of_session(session)]
        return next(iter(trusted(trust, found).values()), None)
    key = await stored.find_key(token.public_id)
    if key is None or not hmac.compare_digest(token.digest, key.secret_hash):
        return None
    if not key.is_use_noted:
        await stored.note_use(key.id)
    return _principal(_of_key(key))


async def redeem_ticket(db: Executor, trust: Trust, ticket: str) -> Principal | None:
    """Return for whom a ticket opens a stream, and use it up; None when it opens none.

    Raises:
        DatabaseUnavailableError: It cannot be asked for.
    """
    token = parse_token(ticket)
    if token is None or token.kind != "ticket":
        return None
    found = await LoginRepository(db).consume_ticket(token.digest)
    if found is None:
        return None
    if found.api_key_id is None and found.session_id is None:
        return ADMIN_KEY
    keys = [] if found.api_key_id is None else [found.api_key_id]
    sessions = [] if found.session_id is None else [found.session_id]
    rows = await PrincipalRepository(db).find_valid(keys, sessions)
    return next(iter(trusted(trust, rows).values()), None)


def trusted(trust: Trust, rows: list[PrincipalRow]) -> dict[UUID, Principal]:
    """Return principals by id, without sessions of wallets that are no admin's any more."""
    return {
        row.id: _principal(row)
        for row in rows
        if row.kind == "api_key"
        or row.role == "client"
        or row.handle.lower() in trust.admin_wallets
    }


def _of_key(key: KeyRow) -> PrincipalRow:
    return PrincipalRow(
        id=key.id,
        handle=key.public_id,
        role=key.role,
        client_id=key.client_id,
        account_identifier=key.account_identifier,
        kind="api_key",
        display_name=key.display_name,
        self_service=key.self_service,
    )


def _of_session(session: SessionRow) -> PrincipalRow:
    return PrincipalRow(
        id=session.id,
        handle=session.address,
        role=session.role,
        client_id=session.client_id,
        account_identifier=session.account_identifier,
        kind="session",
        display_name=session.display_name,
        self_service=session.self_service,
    )


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

"""Keys, sessions and challenges as they are stored; logins as they are sent and shown."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from bridge.access.principal import Role
from bridge.text import AddressText
from bridge.wallets.addresses import Chain


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """What `KeyRepository.insert` stores.

    Attributes:
        client_id: For the role client only.
        lifetime_seconds: None for ever.
    """

    id: UUID
    public_id: str
    secret_hash: bytes
    name: str
    role: Role
    client_id: UUID | None
    lifetime_seconds: float | None


class ListedKeyRow(msgspec.Struct, frozen=True):
    """An API key as `bridge keys list` shows it."""

    public_id: str
    name: str
    role: Role
    account_identifier: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    condition: Literal["valid", "expired", "revoked"]


class RevokedKeyRow(msgspec.Struct, frozen=True):
    """An API key that has just been ended."""

    name: str
    role: Role
    account_identifier: str | None


class NewSession(msgspec.Struct, frozen=True, kw_only=True):
    """What `LoginRepository.insert_session` stores.

    Attributes:
        client_id: For the role client only.
    """

    id: UUID
    token_hash: bytes
    role: Literal["admin", "client"]
    client_id: UUID | None
    chain: Chain
    address: str
    lifetime_seconds: float


class PrincipalRow(msgspec.Struct, frozen=True):
    """A key or a session that holds.

    Attributes:
        handle: The key's public id, or the session's wallet.
    """

    id: UUID
    handle: str
    role: Role
    client_id: UUID | None
    account_identifier: str | None
    kind: Literal["api_key", "session"]
    display_name: str
    self_service: bool


class NewcomerRow(PrincipalRow, frozen=True):
    """One that this process has not seen lately.

    Attributes:
        digest: SHA-256 of the whole key, or of the session's token.
        is_use_noted: Whether its use was noted within the last minute.
    """

    digest: bytes
    is_use_noted: bool


class TicketRow(msgspec.Struct, frozen=True):
    """Whom a ticket was for; neither: the holder of the admin key."""

    api_key_id: UUID | None
    session_id: UUID | None


class LoginRow(msgspec.Struct, frozen=True):
    """A wallet that may log in, and the client that it logs in; an admin has none."""

    chain: Chain
    address: str
    client_id: UUID | None
    account_identifier: str | None
    name: str
    self_service: bool


class ChallengeRow(msgspec.Struct, frozen=True):
    """What a message to be signed was made for.

    Attributes:
        message_hash: SHA-256 of the message.
        origin: Of the page that asked for it; None when none did that may.
    """

    message_hash: bytes
    chain: Chain
    address: str
    origin: str | None


class LoginMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What the wallet signs, to the last character."""

    message: str
    expires_at: datetime


class LoginProof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signed message.

    Attributes:
        signature: EVM: 65 bytes as 0x and hex digits; Solana: 64 bytes in base58.
    """

    MULTI_LINE: ClassVar = frozenset({"message"})

    wallet_address: AddressText
    message: Annotated[str, Meta(min_length=1, max_length=2_000)]
    signature: Annotated[str, Meta(min_length=1, max_length=200)]


class UserView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is logged in.

    Attributes:
        role: What old frontends know: ``admin`` also for operators and viewers.
        access: The role itself.
    """

    id: str
    name: str
    role: Literal["admin", "client"]
    access: Role
    wallet_address: str | None
    account_identifier: str | None
    self_service: bool
    is_active: bool


class LoggedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A session that has begun; the token is shown once."""

    access_token: str
    token_type: Literal["bearer"]
    expires_at: datetime
    user: UserView

    def __repr__(self) -> str:
        return f"LoggedIn(user={self.user!r})"  # without the token


class LoggedOut(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a logout, also when there was no session."""

    status: Literal["logged_out"]


class StreamTicket(msgspec.Struct, frozen=True, kw_only=True):
    """What opens one stream, once."""

    ticket: str
    expires_at: datetime

    def __repr__(self) -> str:
        return "StreamTicket(****)"

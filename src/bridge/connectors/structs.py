"""Connectors as they are sent and shown; what is stored of the secrets is sealed."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from bridge.text import ConnectorText
from bridge.vault.secret import Secret

SyncState = Literal["pending", "synced", "rejected"]


class ConnectorInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An exchange and the credentials for it.

    Attributes:
        name: The exchange, in any letter case.
        memo: The third secret of exchanges that have one, whatever they call it.
        fields: Anything else that the exchange wants, by its name upstream.
    """

    name: ConnectorText
    api_key: Secret | None = None
    api_secret: Secret | None = None
    memo: Secret | None = None
    fields: (
        Annotated[dict[Annotated[str, Meta(max_length=64)], Secret], Meta(max_length=16)] | None
    ) = None


class ConnectorPart(msgspec.Struct, frozen=True):
    """A connector in the JSON lists of ``sql/clients``."""

    id: UUID
    name: str
    exchange: str
    preview: str
    revision: int
    synced_revision: int | None
    sync_error: str | None
    created_at: datetime


class CredentialsRow(msgspec.Struct, frozen=True):
    """A connector as it goes upstream."""

    id: UUID
    client_id: UUID
    account_identifier: str
    name: str
    sealed_credentials: bytes
    revision: int
    synced_revision: int | None
    sync_error: str | None
    deleted_at: datetime | None


class NamedConnectorRow(msgspec.Struct, frozen=True):
    """A connector that may be being deleted."""

    id: UUID
    name: str
    deleted_at: datetime | None


class ConnectorView(msgspec.Struct, frozen=True, kw_only=True):
    """A connector in an answer.

    Attributes:
        exchange: The name as it was sent.
        is_active: Whether the credentials are not rejected.
    """

    id: UUID
    name: str
    exchange: str
    label: None
    api_key_preview: str
    is_active: bool
    is_testnet: Literal[False]
    sync_state: SyncState
    sync_error: str | None
    created_at: datetime


def connector_view(part: ConnectorPart) -> ConnectorView:
    """Return the connector as it is answered."""
    state = sync_state(part)
    return ConnectorView(
        id=part.id,
        name=part.name,
        exchange=part.exchange,
        label=None,
        api_key_preview=part.preview,
        is_active=state != "rejected",
        is_testnet=False,
        sync_state=state,
        sync_error=part.sync_error,
        created_at=part.created_at,
    )


def sync_state(part: ConnectorPart) -> SyncState:
    """Say whether the current credentials have reached the Hummingbot API."""
    if part.sync_error is not None:
        return "rejected"
    return "synced" if part.synced_revision == part.revision else "pending"

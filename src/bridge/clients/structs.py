"""Clients as they are stored, sent and shown."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bridge.connectors.structs import ConnectorInput, ConnectorView
from bridge.text import AccountText, AddressText, ConnectorText, Email, Name
from bridge.vault.secret import Secret
from bridge.wallets.structs import WalletInput, WalletView

# Longer than an account can be: frontends make it from the name, and it is cut here.
WantedAccountText = Annotated[
    str,
    Meta(
        max_length=256,
        description="1 to 64 letters, digits, _ and -; made from the name when left out.",
        examples=["client_sharp"],
    ),
]


class ClientCreate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new client, with what it has from the start."""

    name: Name
    account_identifier: WantedAccountText | None = None
    email: Email | None = None
    wallets: Annotated[list[WalletInput], Meta(max_length=100)] = []
    connectors: Annotated[list[ConnectorInput], Meta(max_length=100)] = []


class ClientChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes of a client; what is left out stays.

    Attributes:
        name: An empty text leaves the name.
        email: An empty text or null removes it.
        wallet_address: One of the client's wallets, to be the primary one; empty leaves it.
        account_identifier: Taken only when it is the one that the client has.
    """

    name: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    email: Email | UnsetType | None = UNSET
    wallet_address: AddressText | UnsetType | None = UNSET
    self_service: bool | UnsetType = UNSET
    account_identifier: AccountText | UnsetType = UNSET


class QuickClient(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new client with one wallet; its account is made from its name.

    Attributes:
        wallet_address: On EVM or Solana, which its form tells.
        tier: Taken and not used: older frontends send it.
    """

    name: Name
    wallet_address: AddressText
    email: Email | None = None
    tier: Annotated[str, Meta(max_length=64)] | None = None


class ApiKeyInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A client's credentials for an exchange.

    Attributes:
        exchange: In any letter case.
        passphrase: The third secret of exchanges that have one, whatever they call it.
    """

    client_id: UUID
    exchange: ConnectorText
    api_key: Secret | None = None
    api_secret: Secret | None = None
    passphrase: Secret | None = None


class ClientRow(msgspec.Struct, frozen=True):
    """A client with its parts; ``wallets`` and ``connectors`` are JSON lists."""

    id: UUID
    name: str
    email: str | None
    account_identifier: str
    primary_wallet_id: UUID | None
    self_service: bool
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    wallets: str
    connectors: str


class LockedClientRow(msgspec.Struct, frozen=True):
    """What may change of a client, and the account that may not."""

    id: UUID
    name: str
    email: str | None
    account_identifier: str
    primary_wallet_id: UUID | None
    self_service: bool
    deleted_at: datetime | None


class ClientView(msgspec.Struct, frozen=True, kw_only=True):
    """A client in an answer.

    Attributes:
        wallet_address: Of the primary wallet: the one that was picked, else the oldest.
    """

    id: UUID
    name: str
    email: str | None
    account_identifier: str
    status: Literal["active", "deleting"]
    wallet_address: str | None
    wallet_type: Literal["EVM", "SOLANA"] | None
    self_service: bool
    wallets: tuple[WalletView, ...]
    connectors: tuple[ConnectorView, ...]
    created_at: datetime
    updated_at: datetime


class ClientList(msgspec.Struct, frozen=True, kw_only=True):
    """A page of clients, oldest first."""

    clients: list[ClientView]
    next_cursor: str | None


class WalletAccountView(msgspec.Struct, frozen=True, kw_only=True):
    """The account behind a wallet."""

    client_id: UUID
    account_identifier: str
    name: str
    wallets: tuple[WalletView, ...]
    connectors: tuple[ConnectorView, ...]
    role: Literal["client"]


class ClientDeleted(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a deletion."""

    status: Literal["deleted", "deleting"]
    client_id: UUID


class WalletDeleted(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a wallet's deletion."""

    status: Literal["deleted"]
    client_id: UUID
    wallet_id: UUID


class ConnectorDeleted(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a connector's deletion.

    Attributes:
        status: ``deleting`` while the Hummingbot API may still hold the credentials.
    """

    status: Literal["deleted", "deleting"]
    client_id: UUID
    connector_id: UUID

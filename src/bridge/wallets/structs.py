"""Wallets as they are stored, sent and shown."""

from datetime import datetime
from uuid import UUID

import msgspec

from bridge.text import AddressText, ChainText
from bridge.wallets.addresses import Chain


class WalletInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wallet to be given to a client; ``chain`` in any letter case."""

    chain: ChainText
    address: AddressText


class WalletView(msgspec.Struct, frozen=True):
    """A wallet in an answer; also its shape in the JSON lists of ``sql/clients``."""

    id: UUID
    chain: Chain
    address: str
    created_at: datetime


class WalletOwnerRow(msgspec.Struct, frozen=True):
    """Whose wallet it is."""

    id: UUID
    client_id: UUID


class WalletRow(msgspec.Struct, frozen=True):
    """A wallet as stored."""

    id: UUID
    chain: Chain
    address: str

"""Stored clients into the shapes that are answered. Pure."""

from typing import Literal

import msgspec

from bridge.clients.structs import ClientRow, ClientView, WalletAccountView
from bridge.connectors.structs import ConnectorPart, ConnectorView, connector_view
from bridge.wallets.structs import WalletView

_WALLETS = msgspec.json.Decoder(tuple[WalletView, ...])
_CONNECTORS = msgspec.json.Decoder(tuple[ConnectorPart, ...])
_WALLET_TYPE: dict[str, Literal["EVM", "SOLANA"]] = {"evm": "EVM", "solana": "SOLANA"}


def client_view(row: ClientRow) -> ClientView:
    """Return the client as it is answered."""
    wallets = _WALLETS.decode(row.wallets)
    primary = _primary(row, wallets)
    return ClientView(
        id=row.id,
        name=row.name,
        email=row.email,
        account_identifier=row.account_identifier,
        status="active" if row.deleted_at is None else "deleting",
        wallet_address=primary.address if primary else None,
        wallet_type=_WALLET_TYPE[primary.chain] if primary else None,
        self_service=row.self_service,
        wallets=wallets,
        connectors=_connectors(row),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def wallet_account_view(row: ClientRow) -> WalletAccountView:
    """Return what a wallet's owner learns of its account."""
    return WalletAccountView(
        client_id=row.id,
        account_identifier=row.account_identifier,
        name=row.name,
        wallets=_WALLETS.decode(row.wallets),
        connectors=_connectors(row),
        role="client",
    )


def _connectors(row: ClientRow) -> tuple[ConnectorView, ...]:
    return tuple(connector_view(part) for part in _CONNECTORS.decode(row.connectors))


def _primary(row: ClientRow, wallets: tuple[WalletView, ...]) -> WalletView | None:
    picked = (wallet for wallet in wallets if wallet.id == row.primary_wallet_id)
    return next(picked, wallets[0] if wallets else None)

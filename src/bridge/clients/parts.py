"""What belongs to a client: its wallets and its connectors, checked and then stored."""

from uuid import UUID, uuid4

import msgspec

from bridge.connectors.exchanges import (
    Credentials,
    credentials_to_plaintext,
    missing_sentence,
    preview,
)
from bridge.connectors.names import fold_name
from bridge.connectors.repository import ConnectorRepository, StoredConnector
from bridge.connectors.structs import ConnectorInput
from bridge.db.pool import Connection
from bridge.errors import VaultUnavailableError, WalletTakenError
from bridge.vault.sealing import Place, Vault
from bridge.wallets.addresses import address_key, parse_address, parse_chain
from bridge.wallets.repository import WalletRepository
from bridge.wallets.structs import Chain, WalletInput


class CheckedWallet(msgspec.Struct, frozen=True):
    """A wallet whose address is right for its chain."""

    chain: Chain
    address: str


class CheckedConnector(msgspec.Struct, frozen=True):
    """A connector under its stored name; its credentials may be incomplete, and then say so."""

    name: str
    exchange: str
    credentials: Credentials
    sync_error: str | None


def checked_wallet(wanted: WalletInput, prefix: str) -> CheckedWallet:
    """Return the wallet as it is stored.

    Raises:
        RuleError: It is no address of its chain; fields are named with ``prefix`` before them.
    """
    chain = parse_chain(wanted.chain, f"{prefix}chain")
    return CheckedWallet(chain, parse_address(chain, wanted.address, f"{prefix}address"))


def checked_connector(wanted: ConnectorInput, prefix: str) -> CheckedConnector:
    """Return the connector as it is stored.

    Raises:
        RuleError: Its name cannot be one; fields are named with ``prefix`` before them.
    """
    name = fold_name(wanted.name, f"{prefix}name")
    credentials = Credentials(
        api_key=wanted.api_key,
        api_secret=wanted.api_secret,
        memo=wanted.memo,
        fields=wanted.fields or {},
    )
    return CheckedConnector(
        name, wanted.name.strip(), credentials, missing_sentence(name, credentials)
    )


class ClientParts:
    """Stores the parts of one client inside a transaction that has the client locked or made."""

    def __init__(self, connection: Connection, client_id: UUID, vault: Vault | None) -> None:
        self._wallets = WalletRepository(connection)
        self._connectors = ConnectorRepository(connection)
        self._client_id = client_id
        self._vault = vault

    async def add_wallet(self, wallet: CheckedWallet) -> bool:
        """Store a wallet; False when this client has it already.

        Raises:
            WalletTakenError: Another client has it; whose it is stays untold.
        """
        if await self._wallets.insert(uuid4(), self._client_id, wallet.chain, wallet.address):
            return True
        owner = await self._wallets.find_by_key(address_key(wallet.address))
        if owner is None or owner.client_id != self._client_id:
            raise WalletTakenError
        return False

    async def put_connector(self, connector: CheckedConnector) -> int:
        """Store or replace a connector, sealed to its row, and return its revision.

        Raises:
            VaultUnavailableError: There is no key to seal with.
        """
        if self._vault is None:
            raise VaultUnavailableError
        connector_id = await self._connectors.find_id(self._client_id, connector.name) or uuid4()
        place = Place("connectors", self._client_id, connector_id, "sealed_credentials")
        api_key = connector.credentials.api_key
        return await self._connectors.upsert(
            StoredConnector(
                id=connector_id,
                client_id=self._client_id,
                name=connector.name,
                exchange=connector.exchange,
                sealed_credentials=self._vault.seal(
                    credentials_to_plaintext(connector.credentials), place
                ),
                preview=preview(api_key.reveal() if api_key else ""),
                sync_error=connector.sync_error,
            )
        )

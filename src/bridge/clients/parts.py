"""What belongs to a client: its wallets and its connectors, checked and then stored."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import msgspec

from bridge.chores import ChoreRepository
from bridge.connectors.exchanges import (
    Credentials,
    connector_fields,
    credentials_to_plaintext,
    missing_sentence,
    preview,
)
from bridge.connectors.names import fold_name
from bridge.connectors.repository import ConnectorRepository, StoredConnector
from bridge.connectors.structs import ConnectorInput
from bridge.db.failures import Connection
from bridge.errors import (
    FieldError,
    RuleError,
    VaultNotConfiguredError,
    WalletNotFoundError,
    WalletTakenError,
)
from bridge.vault.sealing import Place, Vault
from bridge.wallets.addresses import address_key, parse_address, parse_chain
from bridge.wallets.repository import WalletRepository
from bridge.wallets.structs import Chain, WalletInput, WalletRow


class CheckedWallet(msgspec.Struct, frozen=True):
    """A wallet whose address is right for its chain.

    Attributes:
        field: Where the address stood in the request.
    """

    chain: Chain
    address: str
    field: str


class CheckedConnector(msgspec.Struct, frozen=True):
    """A connector under its stored name; its credentials may be incomplete, and then say so.

    Attributes:
        field: Where the name stood in the request.
    """

    name: str
    exchange: str
    credentials: Credentials
    sync_error: str | None
    field: str


def checked_wallet(wanted: WalletInput, prefix: str) -> CheckedWallet:
    """Return the wallet as it is stored.

    Raises:
        RuleError: It is no address of its chain; fields are named with ``prefix`` before them.
    """
    chain = parse_chain(wanted.chain, f"{prefix}chain")
    field = f"{prefix}address"
    return CheckedWallet(chain, parse_address(chain, wanted.address, field), field)


def wallet_of_address(address: str, field: str) -> CheckedWallet:
    """Return the wallet as it is stored; an address that begins with ``0x`` is an EVM one.

    Raises:
        RuleError: It is no address of either chain.
    """
    chain: Chain = "evm" if address_key(address).startswith("0x") else "solana"
    return CheckedWallet(chain, parse_address(chain, address, field), field)


def checked_connector(
    wanted: ConnectorInput, prefix: str, name_field: str = "name"
) -> CheckedConnector:
    """Return the connector as it is stored.

    Raises:
        RuleError: Its name cannot be one; fields are named with ``prefix`` before them.
    """
    field = f"{prefix}{name_field}"
    name = fold_name(wanted.name, field)
    credentials = Credentials(
        api_key=wanted.api_key,
        api_secret=wanted.api_secret,
        memo=wanted.memo,
        fields=wanted.fields or {},
    )
    return CheckedConnector(
        name, wanted.name.strip(), credentials, missing_sentence(name, credentials), field
    )


def refuse_repeated(connectors: Sequence[CheckedConnector]) -> None:
    """Refuse two connectors of one exchange: the first one's credentials would be lost.

    Raises:
        RuleError: Names the second one.
    """
    names = [_upstream_name(connector.name) for connector in connectors]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise RuleError(FieldError(connectors[index].field, "is there twice"))


class ClientParts:
    """Stores the parts of one client inside a transaction that has the client locked or made."""

    def __init__(self, connection: Connection, client_id: UUID, vault: Vault | None) -> None:
        self._wallets = WalletRepository(connection)
        self._connectors = ConnectorRepository(connection)
        self._chores = ChoreRepository(connection)
        self._client_id = client_id
        self._vault = vault

    async def add_wallets(self, wallets: Sequence[CheckedWallet]) -> bool:
        """Store wallets; False when this client has all of them already.

        Raises:
            WalletTakenError: Another client has it; whose it is stays untold.
        """
        by_key = sorted(enumerate(wallets), key=lambda placed: address_key(placed[1].address))
        are_new = [await self._add(position, wallet) for position, wallet in by_key]
        return any(are_new)

    async def _add(self, position: int, wallet: CheckedWallet) -> bool:
        if await self._wallets.insert(
            uuid4(), self._client_id, wallet.chain, wallet.address, position
        ):
            return True
        owner = await self._wallets.find_by_key(address_key(wallet.address))
        if owner is None or owner.client_id != self._client_id:
            raise WalletTakenError(
                errors=(FieldError(wallet.field, "belongs to a client already"),)
            )
        return False

    async def change_wallet(self, wallet_id: UUID, wallet: CheckedWallet) -> WalletRow | None:
        """Give a wallet another address; return what it was, or None when that is the same.

        Raises:
            WalletNotFoundError: This client has none of this id.
            WalletTakenError: A client has it, perhaps this one, as another wallet.
        """
        before = await self._wallets.find_by_id(self._client_id, wallet_id)
        if before is None:
            raise WalletNotFoundError
        if address_key(before.address) == address_key(wallet.address):
            return None
        try:
            await self._wallets.update(wallet_id, wallet.chain, wallet.address)
        except WalletTakenError as taken:
            field = FieldError(wallet.field, "belongs to a client already")
            raise WalletTakenError(errors=(field,)) from taken
        return before

    async def put_connector(self, connector: CheckedConnector) -> int:
        """Store or replace a connector, sealed to its row, and return its revision.

        One that is being deleted stays, with the new credentials.

        Raises:
            VaultNotConfiguredError: There is no key to seal with.
            RuleError: The client has this exchange under another name: upstream there is one place
                for both, and bots of one would trade with the keys of the other.
        """
        if self._vault is None:
            raise VaultNotConfiguredError
        for other in await self._connectors.list_current_names(self._client_id):
            if other != connector.name and _upstream_name(other) == _upstream_name(connector.name):
                raise RuleError(
                    FieldError(connector.field, f"is the exchange that this client has as {other}")
                )
        stored_id = await self._connectors.find_stored_id(self._client_id, connector.name)
        connector_id = stored_id or uuid4()
        if connector.sync_error is None:
            await self._chores.insert("sync_connector", connector_id)
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


def _upstream_name(name: str) -> str:
    row = connector_fields(name)
    return name if row is None else row.connector

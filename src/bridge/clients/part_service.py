"""Use cases of a client's wallets and connectors: each one transaction, with event and version."""

from uuid import UUID

from bridge.access.caller import Caller
from bridge.audit.changes import Change, ChangeLog
from bridge.clients.changing import finish, lock_client, view_of
from bridge.clients.parts import (
    CheckedConnector,
    ClientParts,
    checked_connector,
    checked_wallet,
)
from bridge.clients.structs import ApiKeyInput, ClientView, WalletDeleted
from bridge.connectors.structs import ConnectorInput, ConnectorView
from bridge.db.failures import Connection
from bridge.errors import WalletNotFoundError
from bridge.idempotency.writes import CREATED, Writes
from bridge.vault.sealing import Vault
from bridge.wallets.repository import WalletRepository
from bridge.wallets.structs import WalletInput


class PartService:
    """Wallets and connectors of clients that are there."""

    def __init__(self, writes: Writes, changes: ChangeLog, vault: Vault | None) -> None:
        self._writes = writes
        self._changes = changes
        self._vault = vault

    async def put_wallet(self, client_id: UUID, wanted: WalletInput, caller: Caller) -> ClientView:
        """Give a client a wallet; one that it has already changes nothing.

        Raises:
            ClientNotFoundError: There is none of this id.
            RuleError: It is no address of that chain.
            WalletTakenError: It belongs to another client.
        """
        wallet = checked_wallet(wanted, "")

        async def work(connection: Connection) -> ClientView:
            client = await lock_client(connection, client_id)
            parts = ClientParts(connection, client_id, self._vault)
            if not await parts.add_wallets([wallet]):
                return await view_of(connection, client_id)
            detail: dict[str, object] = {"chain": wallet.chain, "address": wallet.address}
            change = Change(client.account_identifier, "wallet.added", str(client_id), detail)
            return await finish(self._changes, connection, client_id, caller, change)

        return await self._writes.write(caller, work)

    async def change_wallet(
        self, client_id: UUID, wallet_id: UUID, wanted: WalletInput, caller: Caller
    ) -> ClientView:
        """Give a wallet another address; the same one changes nothing.

        Raises:
            ClientNotFoundError: There is no client of this id.
            WalletNotFoundError: It has no wallet of this id.
            RuleError: It is no address of that chain.
            WalletTakenError: It belongs to a client already.
        """
        wallet = checked_wallet(wanted, "")

        async def work(connection: Connection) -> ClientView:
            client = await lock_client(connection, client_id)
            parts = ClientParts(connection, client_id, self._vault)
            before = await parts.change_wallet(wallet_id, wallet)
            if before is None:
                return await view_of(connection, client_id)
            detail: dict[str, object] = {
                "before": {"chain": before.chain, "address": before.address},
                "after": {"chain": wallet.chain, "address": wallet.address},
            }
            change = Change(client.account_identifier, "wallet.changed", str(client_id), detail)
            return await finish(self._changes, connection, client_id, caller, change)

        return await self._writes.write(caller, work)

    async def delete_wallet(
        self, client_id: UUID, wallet_id: UUID, caller: Caller
    ) -> WalletDeleted:
        """Take a wallet from a client; it is free at once.

        Raises:
            ClientNotFoundError: There is no client of this id.
            WalletNotFoundError: It has no wallet of this id.
        """

        async def work(connection: Connection) -> WalletDeleted:
            client = await lock_client(connection, client_id)
            wallet = await WalletRepository(connection).delete(client_id, wallet_id)
            if wallet is None:
                raise WalletNotFoundError
            detail: dict[str, object] = {"chain": wallet.chain, "address": wallet.address}
            change = Change(client.account_identifier, "wallet.deleted", str(client_id), detail)
            await self._changes.record(connection, caller, change)
            return WalletDeleted(status="deleted", client_id=client_id, wallet_id=wallet_id)

        return await self._writes.write(caller, work)

    async def put_connector(
        self, client_id: UUID, wanted: ConnectorInput, caller: Caller
    ) -> ClientView:
        """Store a connector, or replace its credentials.

        Raises:
            ClientNotFoundError: There is none of this id.
            RuleError: Its name cannot be one.
            VaultNotConfiguredError: No key is configured to seal credentials with.
        """
        connector = checked_connector(wanted, "")

        async def work(connection: Connection) -> ClientView:
            return await self._put(connection, client_id, connector, caller)

        return await self._writes.write(caller, work)

    async def add_api_key(self, wanted: ApiKeyInput, caller: Caller) -> ConnectorView:
        """Store a connector as `put_connector` does, and return it alone.

        Raises:
            ClientNotFoundError: There is none of this id.
            RuleError: The exchange's name cannot be one.
            VaultNotConfiguredError: No key is configured to seal credentials with.
        """
        connector = checked_connector(
            ConnectorInput(
                name=wanted.exchange,
                api_key=wanted.api_key,
                api_secret=wanted.api_secret,
                memo=wanted.passphrase,
            ),
            "",
            name_field="exchange",
        )

        async def work(connection: Connection) -> ConnectorView:
            client = await self._put(connection, wanted.client_id, connector, caller)
            return next(each for each in client.connectors if each.name == connector.name)

        return await self._writes.write(caller, work, CREATED)

    async def _put(
        self, connection: Connection, client_id: UUID, connector: CheckedConnector, caller: Caller
    ) -> ClientView:
        client = await lock_client(connection, client_id)
        parts = ClientParts(connection, client_id, self._vault)
        revision = await parts.put_connector(connector)
        detail: dict[str, object] = {"connector": connector.name, "revision": revision}
        change = Change(client.account_identifier, "connector.stored", str(client_id), detail)
        return await finish(self._changes, connection, client_id, caller, change)

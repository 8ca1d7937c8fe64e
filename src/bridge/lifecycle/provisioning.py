"""What a bot needs upstream before it can be deployed: its account's profile and credentials.

Credentials are sent whole: every field that the upstream's own config-map names. What is missing is
said here and never sent, since the upstream would fill it with another account's.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final
from uuid import UUID

import msgspec

from bridge.audit.changes import Change
from bridge.bots.controller_configs import controller_config
from bridge.bots.markets import Definition, passthrough_faults, upstream_pair
from bridge.chores import ChoreRepository
from bridge.connectors.exchanges import credentials_from_plaintext
from bridge.connectors.repository import ConnectorRepository
from bridge.connectors.structs import CredentialsRow
from bridge.connectors.upstream_fields import upstream_connector, upstream_fields
from bridge.db.failures import Connection
from bridge.errors import ConnectorMissingError, RuleError, SealError, VaultNotConfiguredError
from bridge.hummingbot.errors import UpstreamError, UpstreamInputError, UpstreamProtocolError
from bridge.hummingbot.protocol.configs import ControllerType
from bridge.hummingbot.protocol.credentials import FieldValue
from bridge.hummingbot.refusals import (
    ConnectorUnknownError,
    ControllerUnknownError,
    CredentialsRefusedError,
    NameRefusedError,
    ProfileUnknownError,
)
from bridge.hummingbot.wire import ConfigField
from bridge.lifecycle.hands import Hands
from bridge.lifecycle.records import Record
from bridge.lifecycle.store import BRIDGE
from bridge.vault.keys import SealKeyMissingError
from bridge.vault.sealing import Place, Vault

# Validated by a class that refuses their own fields, so its word counts for nothing.
_WRONG_CLASS: Final = frozenset({"pmm_simple", "pmm_dynamic", "supertrend_v1", "macd_bb_v1"})


class StartRefusedError(UpstreamInputError):
    """This start cannot succeed; somebody has to change something first."""

    code = "start-refused"


class Provisioner:
    """Brings profiles and credentials upstream."""

    def __init__(self, hands: Hands, vault: Vault | None) -> None:
        self._hands = hands
        self._vault = vault
        self._turn = asyncio.Lock()

    async def prepare(self, record: Record, definition: Definition) -> int | None:
        """Make sure that a bot can run there; return the revision of its credentials.

        Raises:
            StartRefusedError: It cannot, and trying again is of no use.
            UpstreamError: The upstream could not be asked.
        """
        row = record.row
        connectors = ConnectorRepository(self._hands.database)
        connector_id = await connectors.find_id(row.client_id, row.connector)
        if connector_id is None:
            raise StartRefusedError(ConnectorMissingError().detail)
        revision = await self._ensure_synced(connector_id)
        await self._check(definition)
        return revision

    async def sync(self, connector_id: UUID) -> CredentialsRow | None:
        """Send a connector's credentials if the upstream lacks them; None: it is not there.

        Those of a deleted one are taken away there, and then its row goes. One at a time, so that
        what is sent in the background is not sent again by a start, nor taken away behind it.

        Raises:
            UpstreamError: Nothing is known about the credentials; worth another try.
            SealKeyMissingError: They cannot be opened with the keys that are there.
            VaultNotConfiguredError: There are no keys.
        """
        async with self._turn:
            row = await ConnectorRepository(self._hands.database).load(connector_id)
            if row is None:
                return None
            if row.deleted_at is not None:
                await self._remove(row)
                return None
            if row.sync_error is not None or await self._is_there(row):
                return row
            return await self._sync(row)

    async def withdraw(self, account: str, connectors: Sequence[str]) -> None:
        """Take away what a deleted client has upstream, with no sync of its under way.

        Raises:
            UpstreamError: Something may be left; worth another try.
        """
        client = self._hands.client
        async with self._turn:
            for name in connectors:
                with suppress(NameRefusedError):  # nothing can be there under such a name
                    await client.delete_credential(account, upstream_connector(name))
            await client.delete_account(account)

    async def _remove(self, row: CredentialsRow) -> None:
        """Take a deleted connector's credentials away upstream, and then its row."""
        name = upstream_connector(row.name)
        await self._hands.owner.verify(self._hands.lease)
        with suppress(NameRefusedError):  # nothing can be there under such a name
            await self._hands.client.delete_credential(row.account_identifier, name)
        await self._forget(row, name)

    async def _forget(self, row: CredentialsRow, name: str) -> None:
        change = Change(
            row.account_identifier,
            "connector.removed",
            str(row.client_id),
            {"connector": row.name},
        )

        async def work(connection: Connection) -> None:
            connectors = ConnectorRepository(connection)
            names = await connectors.list_names(row.client_id)
            # Others of the client that are the same exchange upstream have lost theirs too.
            same = [each for each in names if upstream_connector(each) == name]
            for connector_id in await connectors.set_unsynced(row.client_id, same):
                await ChoreRepository(connection).insert("sync_connector", connector_id)
            if await connectors.delete_marked(row.id):
                await self._hands.store.record(connection, BRIDGE, change)

        await self._hands.write(work)

    async def _sync(self, row: CredentialsRow) -> CredentialsRow:
        try:
            await self._send(row)
        except (UpstreamInputError, CredentialsRefusedError, ConnectorUnknownError) as refused:
            error = refused.detail
        except SealKeyMissingError:
            raise  # nothing is wrong with them; the key may come back
        except SealError as sealed:
            error = sealed.detail
        else:
            error = None
        await self._note(row, error)
        synced = row.revision if error is None else row.synced_revision
        return msgspec.structs.replace(row, sync_error=error, synced_revision=synced)

    async def _ensure_synced(self, connector_id: UUID) -> int | None:
        try:
            row = await self.sync(connector_id)
        except (SealKeyMissingError, VaultNotConfiguredError) as sealed:
            raise StartRefusedError(sealed.detail) from sealed
        if row is None or row.sync_error is not None:
            raise StartRefusedError(row.sync_error if row else ConnectorMissingError().detail)
        return row.synced_revision

    async def _is_there(self, row: CredentialsRow) -> bool:
        """Return whether the upstream has the current credentials, and still has any."""
        if row.synced_revision != row.revision:
            return False
        try:
            there = await self._hands.client.list_credentials(row.account_identifier)
        except ProfileUnknownError:
            return False
        return upstream_connector(row.name) in there

    async def _send(self, row: CredentialsRow) -> None:
        client = self._hands.client
        connector = upstream_connector(row.name)
        config_map = await self._config_map(connector)
        fields = self._fields(row, config_map)
        await self._hands.owner.verify(self._hands.lease)
        await client.add_account(row.account_identifier)
        await client.add_credential(row.account_identifier, connector, fields, config_map)

    async def _config_map(self, connector: str) -> Mapping[str, ConfigField]:
        client = self._hands.client
        try:
            return await client.read_config_map(connector)
        except ConnectorUnknownError:
            # It breaks on a name that it does not know, but not only on those.
            if connector in await client.list_connectors():
                raise UpstreamProtocolError from None
            raise

    def _fields(
        self, row: CredentialsRow, config_map: Mapping[str, ConfigField]
    ) -> dict[str, FieldValue]:
        if self._vault is None:
            raise VaultNotConfiguredError
        place = Place("connectors", row.client_id, row.id, "sealed_credentials")
        plaintext = self._vault.open(row.sealed_credentials, place)
        return upstream_fields(row.name, credentials_from_plaintext(plaintext), config_map)

    async def _note(self, row: CredentialsRow, error: str | None) -> None:
        if (row.sync_error, row.synced_revision) == (error, row.revision):
            return
        hands = self._hands
        action = "connector.synced" if error is None else "connector.rejected"
        detail: dict[str, object] = {"connector": row.name, "revision": row.revision}
        if error is not None:
            detail["error"] = error
        change = Change(row.account_identifier, action, str(row.client_id), detail)

        async def work(connection: Connection) -> None:
            connectors = ConnectorRepository(connection)
            if await connectors.set_synced(row.id, row.revision, error):
                await hands.store.record(connection, BRIDGE, change)

        await hands.write(work)

    async def _check(self, definition: Definition) -> None:
        """Check what a deploy does not check, as far as it can be told."""
        faults = passthrough_faults(definition)
        if faults:
            raise StartRefusedError(RuleError(*faults).detail)
        await self._check_pair(definition)
        config = controller_config(definition, "bridge-check")
        controller = str(config["controller_name"])
        if controller in _WRONG_CLASS:
            return
        kind = msgspec.convert(config["controller_type"], ControllerType)
        try:
            await self._hands.client.validate_config(kind, controller, config)
        except ControllerUnknownError as error:
            raise StartRefusedError(error.detail) from error
        except UpstreamInputError as error:
            raise StartRefusedError(error.detail) from error

    async def _check_pair(self, definition: Definition) -> None:
        pair = upstream_pair(definition.pair)
        try:
            rules = await self._hands.client.read_trading_rules(
                upstream_connector(definition.connector), [pair]
            )
        except UpstreamError:
            return  # the exchange cannot be asked now; that is no reason to refuse
        if pair not in rules:
            raise StartRefusedError(
                f"The exchange {definition.connector} does not trade {definition.pair}."
            )

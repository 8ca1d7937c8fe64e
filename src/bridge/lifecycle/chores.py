"""What the leader owes the upstream besides its bots: credentials to send, clients to remove."""

from uuid import UUID

import structlog

from bridge.audit.changes import Change
from bridge.chores import ChoreRepository, ChoreRow
from bridge.clients.repository import ClientRepository
from bridge.connectors.repository import ConnectorRepository
from bridge.db.failures import Connection
from bridge.errors import VaultNotConfiguredError
from bridge.hummingbot.errors import UpstreamError
from bridge.lifecycle.hands import Hands
from bridge.lifecycle.provisioning import Provisioner
from bridge.lifecycle.repository import BotRecordRepository
from bridge.lifecycle.store import BRIDGE
from bridge.vault.keys import SealKeyMissingError

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
_MOST_DOUBLINGS = 5


class Chores:
    """Does one chore at a time: each blocks the upstream for seconds."""

    def __init__(self, hands: Hands, provisioner: Provisioner) -> None:
        self._hands = hands
        self._provisioner = provisioner

    async def do_one(self) -> bool:
        """Do what is due first; False when nothing is."""
        chore = await ChoreRepository(self._hands.database).find_due()
        if chore is None:
            return False
        pause = self._hands.pace.pause("retry")
        try:
            is_done = await self._do(chore)
        except (UpstreamError, SealKeyMissingError, VaultNotConfiguredError) as error:
            _LOG.warning(
                "chore goes on later",
                kind=chore.kind,
                subject=str(chore.subject_id),
                code=error.code,
                key=error.key_id if isinstance(error, SealKeyMissingError) else None,
            )
            is_done, pause = False, pause * 2 ** min(chore.attempts, _MOST_DOUBLINGS)

        async def conclude(connection: Connection) -> None:
            chores = ChoreRepository(connection)
            await (chores.delete(chore) if is_done else chores.postpone(chore, pause))

        await self._hands.write(conclude)
        return True

    async def _do(self, chore: ChoreRow) -> bool:
        if chore.kind == "sync_connector":
            await self._provisioner.sync(chore.subject_id)
            return True
        return await self._remove_client(chore.subject_id)

    async def _remove_client(self, client_id: UUID) -> bool:
        """Remove a client whose bots are gone, with what it has upstream; False: not yet."""
        hands = self._hands
        client = await ClientRepository(hands.database).find_by_id(client_id)
        if client is None:
            return True
        account = client.account_identifier
        if await BotRecordRepository(hands.database).list_ids(account):
            return False
        connectors = await ConnectorRepository(hands.database).list_names(client_id)
        await self._provisioner.withdraw(account, connectors)

        async def work(connection: Connection) -> None:
            await ClientRepository(connection).delete(client_id)
            change = Change(account, "client.removed", str(client_id), {"name": client.name})
            await hands.store.record(connection, BRIDGE, change)

        await hands.write(work)
        return True

"""Whose the upstream is: two bridges on one Hummingbot API would each deploy what the other has.

The upstream has no place for this but a controller config, which nothing deploys. It names this
installation and the leader's token. A database that was copied, or restored elsewhere, is told by
its place; a bridge on such a one acts on nothing until somebody claims the upstream for it.
"""

from typing import Final
from uuid import UUID, uuid4

import msgspec
import structlog

from bridge.db.failures import Connection
from bridge.db.pool import Database
from bridge.db.rows import fetch_one
from bridge.db.sql import load
from bridge.errors import ConflictError
from bridge.hummingbot.calls import HummingbotCalls
from bridge.lifecycle.leader import Lease, fenced

OWNER_CONFIG: Final = "bridge_owner"
_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

READ_PLACE: Final = load("installation/read_place")
ENSURE: Final = load("installation/ensure")
FIND: Final = load("installation/find")
RENEW: Final = load("installation/renew")


class HummingbotSharedError(ConflictError):
    """Another bridge uses this Hummingbot API, so this one sends nothing: see 'bridge claim'."""

    code = "hummingbot-shared"


class InstallationRow(msgspec.Struct, frozen=True):
    """Who this bridge is, and the place of the database that said so."""

    id: UUID
    place: str


class OwnerMark(msgspec.Struct, frozen=True):
    """What the upstream holds about its owner."""

    installation: UUID
    token: int


class Owner:
    """Claims the upstream for the leader, and verifies before each deploy that it still is its."""

    def __init__(self, database: Database, client: HummingbotCalls) -> None:
        self._database = database
        self._client = client
        self._installation: UUID | None = None

    async def claim(self, lease: Lease) -> None:
        """Write this leader's mark, unless somebody else's is there.

        Raises:
            HummingbotSharedError: A foreign mark, a newer one, or this database is a copy.
            UpstreamError: The upstream does not say, or does not take it.
        """
        self._installation = await self._identify(lease)
        found = await self._read()
        if found is not None and (
            found.installation != self._installation or found.token > lease.token
        ):
            raise HummingbotSharedError
        if found is None or found.token != lease.token:
            await self._client.put_config(
                OWNER_CONFIG,
                {
                    "id": OWNER_CONFIG,
                    "installation": str(self._installation),
                    "token": lease.token,
                },
            )
        await self.verify(lease)

    async def verify(self, lease: Lease) -> None:
        """Return when the upstream's mark is exactly this leader's.

        Raises:
            HummingbotSharedError: It is not.
            UpstreamError: The upstream does not say.
        """
        found = await self._read()
        if found is None or self._installation is None:
            raise HummingbotSharedError
        if found != OwnerMark(self._installation, lease.token):
            raise HummingbotSharedError

    async def _identify(self, lease: Lease) -> UUID:
        place = await read_place(self._database)

        async def work(connection: Connection) -> None:
            await connection.execute(ENSURE, uuid4(), place)

        await fenced(self._database, lease, work)
        found = await fetch_one(self._database, InstallationRow, FIND)
        if found is None or found.place != place:
            raise HummingbotSharedError(
                "This database is a copy of another bridge's, so this bridge sends nothing to the"
                " Hummingbot API: run 'bridge claim' when the other one is gone for good."
            )
        return found.id

    async def _read(self) -> OwnerMark | None:
        config = await self._client.read_config(OWNER_CONFIG)
        if config is None:
            return None
        try:
            return msgspec.convert(config, OwnerMark)
        except msgspec.ValidationError as exc:
            raise HummingbotSharedError from exc


async def read_place(database: Database) -> str:
    """Return what tells this database from a copy of it."""
    row = await database.fetchrow(READ_PLACE)
    return "" if row is None else str(row[0])


async def claim_for(database: Database, client: HummingbotCalls) -> UUID:
    """Make this database a bridge of its own and take away whatever mark the upstream has.

    Whoever calls this knows that no other bridge uses the upstream; the next leader writes its
    mark.
    """
    installation = uuid4()
    await database.execute(RENEW, installation, await read_place(database))
    await client.delete_config(OWNER_CONFIG)
    _LOG.warning("hummingbot claimed", installation=str(installation))
    return installation

"""What every change of a client begins and ends with, inside its transaction."""

from uuid import UUID

from bridge.access.caller import Caller
from bridge.audit.changes import Change, ChangeLog
from bridge.clients.repository import ClientRepository
from bridge.clients.structs import ClientRow, ClientView, LockedClientRow
from bridge.clients.views import client_view
from bridge.db.failures import Connection
from bridge.errors import BeingDeletedError, ClientNotFoundError


def found(row: ClientRow | None) -> ClientRow:
    """Return the row.

    Raises:
        ClientNotFoundError: There is none.
    """
    if row is None:
        raise ClientNotFoundError
    return row


async def lock_client(connection: Connection, client_id: UUID) -> LockedClientRow:
    """Return what a change starts from, held until the transaction ends.

    Raises:
        ClientNotFoundError: There is no client of this id.
        BeingDeletedError: It is going.
    """
    client = await ClientRepository(connection).lock(client_id)
    if client is None:
        raise ClientNotFoundError
    if client.deleted_at is not None:
        raise BeingDeletedError
    return client


async def view_of(connection: Connection, client_id: UUID) -> ClientView:
    """Return the client as this transaction sees it."""
    return client_view(found(await ClientRepository(connection).find_by_id(client_id)))


async def finish(
    changes: ChangeLog, connection: Connection, client_id: UUID, caller: Caller, change: Change
) -> ClientView:
    """Record the change, and return the client as it is answered; a transaction's last word."""
    view = await view_of(connection, client_id)
    await changes.record(connection, caller, change)
    return view

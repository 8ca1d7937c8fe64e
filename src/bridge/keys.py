"""``bridge keys``: giving API keys away, showing which there are, and taking them back."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final
from uuid import uuid4

from rich.console import Console
from rich.table import Table

from bridge.access.caller import Caller
from bridge.access.principal import Role
from bridge.access.repository import KeyRepository
from bridge.access.structs import ListedKeyRow, NewKey
from bridge.access.tokens import digest_of, new_key, new_public_id
from bridge.audit.changes import Change, ChangeLog
from bridge.clients.repository import ClientRepository
from bridge.db.dsn import Dsn
from bridge.db.failures import Connection
from bridge.db.pool import Database, Limits
from bridge.errors import ConfigurationError
from bridge.text import check_text

_CALLER: Final = Caller(actor="command-line", request_id="")
_MOST_SHOWN: Final = 10_000
_WIDTH: Final = 140
_DAY_SECONDS: Final = 86_400


async def create_key(
    dsn: Dsn, role: Role, name: str, account: str | None = None, days: float | None = None
) -> str:
    """Store a key and return it; only its digest is kept.

    Args:
        dsn: Of the database.
        role: What it may do.
        name: Whose it is, for people.
        account: For the role client only, and always there.
        days: How long it holds; None for ever.

    Raises:
        ConfigurationError: Role and account do not go together, or no client has the account.
        DatabaseUnavailableError: Nothing was stored.
    """
    if (role == "client") != (account is not None):
        raise ConfigurationError("--account goes with --role client, and only with that.")
    said = check_text("name", name)
    public_id = new_public_id()
    key = new_key(public_id)

    async def work(connection: Connection) -> None:
        keys = KeyRepository(connection)
        client_id = None if account is None else await ClientRepository(connection).find_id(account)
        if account is not None and client_id is None:
            raise ConfigurationError(f"No client has the account {account!r}.")
        await keys.insert(
            NewKey(
                id=uuid4(),
                public_id=public_id,
                secret_hash=digest_of(key),
                name=said,
                role=role,
                client_id=client_id,
                lifetime_seconds=None if days is None else days * _DAY_SECONDS,
            )
        )
        detail: dict[str, object] = {"role": role, "name": said}
        change = Change(account, "key.created", public_id, detail)
        await ChangeLog().note(connection, _CALLER, change)

    async with _opened(dsn) as database:
        await database.write(work)
    return key


async def list_keys(dsn: Dsn, console: Console | None = None) -> None:
    """Print every key that there is or was, without its secret."""
    async with _opened(dsn) as database:
        rows = await KeyRepository(database).list(_MOST_SHOWN)
    columns = ("key", "name", "role", "account", "condition", "created", "expires", "last used")
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*_cells(row))
    (console or Console(soft_wrap=True, width=_WIDTH, highlight=False)).print(table)


async def revoke_key(dsn: Dsn, public_id: str) -> str:
    """End a key for good, within a second in every server, and return the name that it had.

    Args:
        dsn: Of the database.
        public_id: With or without ``brg_`` before it.

    Raises:
        ConfigurationError: No key of this id holds.
    """
    wanted = public_id.strip().removeprefix("brg_").partition("_")[0]

    async def work(connection: Connection) -> str:
        revoked = await KeyRepository(connection).revoke(wanted)
        if revoked is None:
            raise ConfigurationError(f"No key brg_{wanted} holds: see 'bridge keys list'.")
        detail: dict[str, object] = {"role": revoked.role, "name": revoked.name}
        change = Change(revoked.account_identifier, "key.revoked", wanted, detail)
        await ChangeLog().note(connection, _CALLER, change)
        return revoked.name

    async with _opened(dsn) as database:
        return await database.write(work)


@asynccontextmanager
async def _opened(dsn: Dsn) -> AsyncGenerator[Database]:
    database = Database(dsn, Limits(connections=1))
    await database.open()
    try:
        yield database
    finally:
        await database.close()


def _cells(row: ListedKeyRow) -> tuple[str, ...]:
    return (
        f"brg_{row.public_id}",
        row.name,
        row.role,
        row.account_identifier or "",
        row.condition,
        _shown(row.created_at),
        _shown(row.expires_at),
        _shown(row.last_used_at),
    )


def _shown(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"

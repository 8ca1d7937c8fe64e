"""``bridge secrets``: under which keys the stored credentials are, and the change of keys."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from bridge.access.caller import Caller
from bridge.audit.changes import Change, ChangeLog
from bridge.connectors.keys import (
    KeyCountRow,
    Rotated,
    Rotation,
    SealedRepository,
    missing_keys,
)
from bridge.db.dsn import parse_database_url
from bridge.db.failures import Connection
from bridge.db.pool import Database, Limits
from bridge.errors import ConfigurationError
from bridge.settings import Settings
from bridge.vault.sealing import Vault
from bridge.wiring import vault_of

_CALLER: Final = Caller(actor="command-line", request_id="")


async def run_status(settings: Settings) -> tuple[str, bool]:
    """Return what there is under which key, and whether all of it can be opened.

    Raises:
        ConfigurationError: The settings name no database, or the keys cannot be read.
        DatabaseUnavailableError: The database does not answer.
    """
    vault = vault_of(settings)
    async with _opened(settings) as database:
        sealed = SealedRepository(database)
        counts = await sealed.count_keys()
        missing = missing_keys(counts, vault)
        at_hand = [row.key_id for row in counts if row.key_id not in missing]
        lost = await sealed.list_not_under(at_hand) if missing else []
    lines = [_line(row, vault) for row in counts] or ["no credentials are stored"]
    lines += [
        f"cannot be opened: {use.account_identifier} {use.name} (key '{use.key_id}')"
        for use in lost
    ]
    return "\n".join(lines), not missing


async def run_rotate(settings: Settings) -> tuple[str, bool]:
    """Bring all credentials under the first key; return what came of it, and whether all are.

    Raises:
        ConfigurationError: No key is set, or the settings name no database.
        DatabaseUnavailableError: The database does not answer.
    """
    vault = vault_of(settings)
    if vault is None:
        raise ConfigurationError("BRIDGE_VAULT_KEYS is not set, so there is no key to change to.")
    async with _opened(settings) as database:
        rotated = await Rotation(database, vault).run()
        if rotated.renewed:
            await _note(database, vault, rotated)
    lines = [f"{rotated.renewed} brought under the key '{vault.current_key_id}'"]
    if rotated.refused:
        lines.append(f"{len(rotated.refused)} cannot be opened: see 'bridge secrets status'")
    if rotated.left:
        lines.append(
            f"{rotated.left} are under another key still: a server writes with it, which must be"
            " started with the new keys first"
        )
    is_done = not rotated.refused and not rotated.left
    if is_done:
        lines.append("all are; the other keys are needed for backups only")
    return "\n".join(lines), is_done


async def _note(database: Database, vault: Vault, rotated: Rotated) -> None:
    detail: dict[str, object] = {"key": vault.current_key_id, "renewed": rotated.renewed}

    async def work(connection: Connection) -> None:
        change = Change(None, "secrets.rotated", vault.current_key_id, detail)
        await ChangeLog().note(connection, _CALLER, change)

    await database.write(work)


def _line(row: KeyCountRow, vault: Vault | None) -> str:
    if vault is None or not vault.has_key(row.key_id):
        place = "MISSING in BRIDGE_VAULT_KEYS"
    elif row.key_id == vault.current_key_id:
        place = "the current key"
    else:
        place = "an older key: 'bridge secrets rotate' brings them under the current one"
    return f"key '{row.key_id}': {row.count} credentials, {place}"


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncGenerator[Database]:
    dsn = parse_database_url(settings.database_url.reveal() if settings.database_url else "")
    database = Database(dsn, Limits(connections=1))
    await database.open()
    try:
        yield database
    finally:
        await database.close()

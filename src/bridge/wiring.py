"""The composition root: builds each object once, when the application starts, and names it."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from litestar import Litestar, Request
from litestar.datastructures import State
from litestar.di import Provide

from bridge.access.caller import Caller
from bridge.audit.changes import ChangeLog
from bridge.bots.service import BotService
from bridge.clients.service import ClientService
from bridge.db.dsn import Dsn, parse_database_url
from bridge.db.pool import Database, Limits
from bridge.errors import ConfigurationError
from bridge.settings import Settings
from bridge.vault.keyring import KeyRing
from bridge.vault.sealing import Vault


@dataclass(frozen=True, slots=True)
class Resources:
    """What lives as long as the application."""

    settings: Settings
    database: Database
    clients: ClientService
    bots: BotService


def _dsn(settings: Settings) -> Dsn | ConfigurationError:
    """Return where the database is, or why that is not known: the server starts either way."""
    try:
        return parse_database_url(settings.database_url.reveal() if settings.database_url else "")
    except ConfigurationError as error:
        return error


def vault_of(settings: Settings) -> Vault | None:
    """Return the vault, or None when no key is set.

    Raises:
        ConfigurationError: BRIDGE_VAULT_KEYS cannot be read.
    """
    if settings.vault_keys is None:
        return None
    return Vault(KeyRing.parse(settings.vault_keys.reveal()))


@asynccontextmanager
async def lifespan(app: Litestar) -> AsyncGenerator[None]:
    """Open what the application needs, and close it in the end."""
    settings = cast("Settings", app.state["settings"])
    database = Database(
        _dsn(settings),
        Limits(
            connections=settings.pool_size,
            acquire_seconds=settings.acquire_seconds,
            statement_seconds=settings.statement_seconds,
        ),
    )
    changes = ChangeLog()
    app.state["resources"] = Resources(
        settings=settings,
        database=database,
        clients=ClientService(database, changes, vault_of(settings)),
        bots=BotService(database, changes),
    )
    await database.open()
    try:
        yield
    finally:
        await database.close()


def _resources(state: State) -> Resources:
    return cast("Resources", state["resources"])


def _clients(state: State) -> ClientService:
    return _resources(state).clients


def _bots(state: State) -> BotService:
    return _resources(state).bots


def _database(state: State) -> Database:
    return _resources(state).database


def _caller(request: Request[object, object, State]) -> Caller:
    state = request.scope["state"]
    return Caller(actor=str(state["actor"]), request_id=str(state["request_id"]))


def providers() -> Mapping[str, Provide]:
    """Return what handlers may ask for by name."""
    return {
        "clients": Provide(_clients, sync_to_thread=False),
        "bots": Provide(_bots, sync_to_thread=False),
        "database": Provide(_database, sync_to_thread=False),
        "caller": Provide(_caller, sync_to_thread=False),
    }

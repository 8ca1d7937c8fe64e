"""What lives as long as the application, and what of it handlers may ask for by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from litestar import Request
from litestar.datastructures import State
from litestar.di import Provide

from bridge.access.caller import Caller
from bridge.access.login import LoginService
from bridge.access.principal import Principal
from bridge.bots.service import BotService
from bridge.clients.part_service import PartService
from bridge.clients.service import ClientService
from bridge.connectors.keys import KeyWatch
from bridge.db.pool import Database
from bridge.idempotency.keys import HEADER, METHODS, RequestKey, fingerprint, parse_key
from bridge.lifecycle.readings import OrphanService, ReadingService
from bridge.lifecycle.removal import RemovalService
from bridge.lifecycle.requests import RequestService
from bridge.settings import Settings


@dataclass(frozen=True, slots=True)
class Resources:
    """What lives as long as the application."""

    settings: Settings
    database: Database
    logins: LoginService
    clients: ClientService
    parts: PartService
    bots: BotService
    requests: RequestService
    removal: RemovalService
    readings: ReadingService
    orphans: OrphanService
    key_watch: KeyWatch


def _resources(state: State) -> Resources:
    return cast("Resources", state["resources"])


def _logins(state: State) -> LoginService:
    return _resources(state).logins


def _clients(state: State) -> ClientService:
    return _resources(state).clients


def _parts(state: State) -> PartService:
    return _resources(state).parts


def _bots(state: State) -> BotService:
    return _resources(state).bots


def _requests(state: State) -> RequestService:
    return _resources(state).requests


def _removal(state: State) -> RemovalService:
    return _resources(state).removal


def _readings(state: State) -> ReadingService:
    return _resources(state).readings


def _orphans(state: State) -> OrphanService:
    return _resources(state).orphans


def _key_watch(state: State) -> KeyWatch:
    return _resources(state).key_watch


def _settings(state: State) -> Settings:
    return _resources(state).settings


def _database(state: State) -> Database:
    return _resources(state).database


def _principal(request: Request[object, object, State]) -> Principal:
    return cast("Principal", request.scope["state"]["principal"])


async def _caller(request: Request[object, object, State]) -> Caller:
    state = request.scope["state"]
    principal = _principal(request)
    return Caller(
        actor=principal.actor,
        request_id=str(state["request_id"]),
        account=principal.account,
        client_id=principal.client_id,
        key=await _key(request, principal.actor),
    )


async def _key(request: Request[object, object, State], actor: str) -> RequestKey | None:
    if request.method not in METHODS:
        return None
    text = parse_key(request.headers.getall(HEADER, []))
    if text is None:
        return None
    query = request.scope["query_string"]
    body = await request.body()
    return RequestKey(text, fingerprint(request.method, request.scope["path"], query, actor, body))


def providers() -> Mapping[str, Provide]:
    """Return what handlers may ask for by name."""
    return {
        "principal": Provide(_principal, sync_to_thread=False),
        "logins": Provide(_logins, sync_to_thread=False),
        "clients": Provide(_clients, sync_to_thread=False),
        "parts": Provide(_parts, sync_to_thread=False),
        "bots": Provide(_bots, sync_to_thread=False),
        "requests": Provide(_requests, sync_to_thread=False),
        "removal": Provide(_removal, sync_to_thread=False),
        "readings": Provide(_readings, sync_to_thread=False),
        "orphans": Provide(_orphans, sync_to_thread=False),
        "key_watch": Provide(_key_watch, sync_to_thread=False),
        "settings": Provide(_settings, sync_to_thread=False),
        "database": Provide(_database, sync_to_thread=False),
        "caller": Provide(_caller),
    }

"""What lives as long as the application, and what of it handlers may ask for by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from litestar.di import Provide
from msgspec.structs import replace

from bridge.access.caller import Caller
from bridge.access.login import LoginService
from bridge.access.principal import Principal
from bridge.bodies import BridgeRequest
from bridge.bots.service import BotService
from bridge.clients.part_service import PartService
from bridge.clients.service import ClientService
from bridge.connectors.keys import KeyWatch
from bridge.db.pool import Database
from bridge.health.looks import HealthLooks
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
    health_looks: HealthLooks


def _resources(request: BridgeRequest) -> Resources:
    # Not by `state`, of which Litestar makes a copy for everybody who asks.
    return cast("Resources", request.app.state["resources"])


def _logins(request: BridgeRequest) -> LoginService:
    return _resources(request).logins


def _clients(request: BridgeRequest) -> ClientService:
    return _resources(request).clients


def _parts(request: BridgeRequest) -> PartService:
    return _resources(request).parts


def _bots(request: BridgeRequest) -> BotService:
    return _resources(request).bots


def _requests(request: BridgeRequest) -> RequestService:
    return _resources(request).requests


def _removal(request: BridgeRequest) -> RemovalService:
    return _resources(request).removal


def _readings(request: BridgeRequest) -> ReadingService:
    return _resources(request).readings


def _orphans(request: BridgeRequest) -> OrphanService:
    return _resources(request).orphans


def _key_watch(request: BridgeRequest) -> KeyWatch:
    return _resources(request).key_watch


def _looks(request: BridgeRequest) -> HealthLooks:
    return _resources(request).health_looks


def _settings(request: BridgeRequest) -> Settings:
    return _resources(request).settings


def _database(request: BridgeRequest) -> Database:
    return _resources(request).database


def _principal(request: BridgeRequest) -> Principal:
    return cast("Principal", request.scope["state"]["principal"])


async def _caller(request: BridgeRequest) -> Caller:
    caller = request.caller
    return replace(caller, key=await _key(request, caller.actor))


async def _key(request: BridgeRequest, actor: str) -> RequestKey | None:
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
        "looks": Provide(_looks, sync_to_thread=False),
        "settings": Provide(_settings, sync_to_thread=False),
        "database": Provide(_database, sync_to_thread=False),
        "caller": Provide(_caller),
    }

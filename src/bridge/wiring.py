"""The composition root: builds each object once, when the application starts, and names it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Final, cast

import structlog
from litestar import Litestar
from litestar.datastructures import State

from bridge.access.limits import Limiter
from bridge.access.login import LoginRules, LoginService
from bridge.access.origins import Origins
from bridge.access.principals import Principals
from bridge.audit.changes import ChangeLog
from bridge.background import in_background
from bridge.bots.service import BotService
from bridge.clients.part_service import PartService
from bridge.clients.service import ClientService
from bridge.connectors.keys import KeyWatch
from bridge.db.dsn import Dsn, parse_database_url
from bridge.db.outages import Limits
from bridge.db.pool import Database
from bridge.errors import ConfigurationError
from bridge.health.looks import HealthLooks
from bridge.housekeeping import housekeeping
from bridge.idempotency.writes import Writes
from bridge.lifecycle.facts import Times
from bridge.lifecycle.pace import shortened
from bridge.lifecycle.readings import OrphanService, ReadingService
from bridge.lifecycle.removal import RemovalService
from bridge.lifecycle.requests import RequestService, Upstream
from bridge.lifecycle.steps import Hook, pass_by
from bridge.lifecycle.store import Store
from bridge.lifecycle.supervisor import Plan, Supervisor
from bridge.live.reads import LiveReads, Source
from bridge.resources import Resources
from bridge.settings import Settings
from bridge.upstream import upstream_client
from bridge.vault.keyring import KeyRing
from bridge.vault.sealing import Vault
from bridge.wallets.addresses import address_key

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

_MOST_WAIT_SECONDS: Final = 5.0


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
    resources = build(settings, database, app.state)
    app.state["resources"] = resources
    hook = cast("Hook", app.state.get("reached", pass_by))
    await database.open()
    try:
        async with (
            _access(app.state, database),
            _live_reads(app, resources),
            _background(settings, database, hook),
            housekeeping(settings, database, resources.key_watch),
        ):
            yield
    finally:
        await database.close()


@asynccontextmanager
async def _live_reads(app: Litestar, resources: Resources) -> AsyncGenerator[None]:
    """Keep live reads true while the block runs."""
    live = cast("LiveReads | None", app.state.get("live"))
    if live is None:
        yield
        return
    settings = resources.settings
    source = Source(
        database=resources.database,
        load=resources.bots.edition,
        direct=_direct_dsn(settings),
        hints=settings.notifications == "on",
    )
    async with live.running(source):
        yield


def _direct_dsn(settings: Settings) -> Dsn | ConfigurationError:
    """Return where the database is without a pooler in between, as far as that is said."""
    if settings.database_direct_url is None:
        return _dsn(settings)
    try:
        direct = settings.database_direct_url.reveal()
        return parse_database_url(direct, variable="DATABASE_DIRECT_URL")
    except ConfigurationError as error:
        _LOG.error("changes are not heard of", reason=error.detail)
        return error


def build(settings: Settings, database: Database, state: State) -> Resources:
    """Build what answers requests.

    Args:
        settings: As read.
        database: Not open yet.
        state: Of the application; holds who is known and how often they called.
    """
    changes = ChangeLog(hints=settings.notifications == "on")
    writes = Writes(database, _wait_for_duplicates(settings))
    store = _store(settings, changes)
    speed = settings.lifecycle_speed
    upstream = Upstream(
        unavailable=_unavailable(settings), wait_seconds=settings.start_wait_seconds, speed=speed
    )
    requests = RequestService(database, writes, store, upstream)
    has_upstream = settings.hummingbot_url is not None
    return Resources(
        settings=settings,
        database=database,
        logins=LoginService(
            database, _login_rules(settings), state["principals"], state["limiter"]
        ),
        clients=ClientService(database, writes, changes, vault_of(settings)),
        parts=PartService(writes, changes, vault_of(settings)),
        bots=BotService(database, writes, changes, speed),
        requests=requests,
        removal=RemovalService(database, store, requests, has_upstream=has_upstream),
        readings=ReadingService(database, speed),
        orphans=OrphanService(writes, store, speed),
        key_watch=KeyWatch(database, vault_of(settings)),
        health_looks=HealthLooks(database),
    )


def _login_rules(settings: Settings) -> LoginRules:
    return LoginRules(
        origins=Origins(settings.origins),
        admin_wallets={
            address_key(address): (chain, address) for chain, address in settings.admin_wallet_list
        },
        session_seconds=settings.session_hours * 3_600,
    )


def _store(settings: Settings, changes: ChangeLog) -> Store:
    return Store(changes, _times(settings), settings.lifecycle_speed)


def _times(settings: Settings) -> Times:
    return shortened(
        Times(
            grace=timedelta(seconds=settings.grace_seconds),
            start_expiry=timedelta(seconds=settings.start_expiry_seconds),
        ),
        settings.lifecycle_speed,
    )


def _wait_for_duplicates(settings: Settings) -> timedelta:
    """Return a time after which a statement that waits is not cut off yet."""
    return timedelta(seconds=min(_MOST_WAIT_SECONDS, settings.statement_seconds / 2))


def _unavailable(settings: Settings) -> str | None:
    """Say why bots cannot be started with these settings; None: they can."""
    if settings.hummingbot_url is None:
        return "No Hummingbot API is configured, so bots cannot be started: set HUMMINGBOT_API_URL."
    if settings.reconciler != "on":
        return f"BRIDGE_RECONCILER is {settings.reconciler}, so no bot is started."
    return None


@asynccontextmanager
async def _access(state: State, database: Database) -> AsyncGenerator[None]:
    """Ask the database who calls, and how often, while the block runs."""
    principals = cast("Principals", state["principals"])
    limiter = cast("Limiter", state["limiter"])
    async with principals.kept(database):
        with limiter.kept(database):
            yield


@asynccontextmanager
async def _background(
    settings: Settings, database: Database, reached: Hook
) -> AsyncGenerator[None]:
    """Lead in the background while the block runs, if there is anything to lead."""
    if settings.hummingbot_url is None or settings.reconciler == "off":
        yield
        return
    plan = Plan(
        mode=settings.reconciler,
        lease_seconds=settings.lease_seconds,
        speed=settings.lifecycle_speed,
        times=_times(settings),
        image=settings.hummingbot_image,
        reached=reached,
    )
    store = _store(settings, ChangeLog(hints=settings.notifications == "on"))
    supervisor = Supervisor(database, store, vault_of(settings), plan)
    async with (
        upstream_client(settings, supervisor.before_effect) as client,
        in_background({"lifecycle": partial(supervisor.run, client)}),
    ):
        yield

"""What orchestrators and people ask about the service itself; none of it needs a key."""

from datetime import timedelta
from typing import Literal

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency

from bridge import __version__
from bridge.connectors.keys import KeyWatch
from bridge.db.revisions import head_revision
from bridge.db.schema import require_revision
from bridge.errors import DatabaseBusyError, DatabaseUnavailableError
from bridge.health.looks import HealthLooks
from bridge.lifecycle.records import bounds_of
from bridge.openapi import answers
from bridge.settings import Settings

SERVICE = "Trading Bridge"


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """What this is."""

    service: str
    version: str
    status: Literal["running"]


class SchemaHealth(msgspec.Struct, frozen=True, kw_only=True):
    """The schema that this release needs, and the one that the database has (None: not known)."""

    needed: str
    found: str | None


HummingbotHealth = Literal[
    "not_configured", "connected", "simulated", "unreachable", "not_watched", "hummingbot-shared"
]

VaultHealth = Literal["ok", "not_configured", "key_missing"]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How the service is.

    Attributes:
        status: healthy whenever database and schema are right.
        database: Whether PostgreSQL answers, whatever its schema.
        detail: One sentence when they are not.
        hummingbot: How the Hummingbot API is: ``connected`` or ``simulated`` while looks at it
            succeed.
        hummingbot_detail: One sentence when it is neither.
        reconciler: Whether this server acts (``on``), only looks, or does neither.
        vault: ``key_missing`` when credentials were found that this server cannot open.
    """

    status: Literal["healthy", "degraded"]
    service: str
    version: str
    database: Literal["postgresql", "unavailable"]
    schema: SchemaHealth
    hummingbot: HummingbotHealth
    hummingbot_detail: str | None
    reconciler: Literal["on", "observe", "off"]
    vault: VaultHealth
    detail: str | None


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    """An orchestrator's plain yes."""

    status: Literal["alive", "ready"]


_SHARED = (
    "Another bridge uses this Hummingbot API, or this database is a copy of another bridge's:"
    " nothing is sent. Run 'bridge claim' when the other one is gone for good."
)


async def hummingbot_health(
    looks: HealthLooks, settings: Settings, *, is_usable: bool
) -> tuple[HummingbotHealth, str | None]:
    """Return how the upstream is, as the leader last said, and a sentence when it is not well."""
    if settings.hummingbot_url is None:
        return "not_configured", None
    beat = await looks.beat() if is_usable else None
    if beat is None or beat.read_at - beat.beat_at > timedelta(seconds=3 * settings.lease_seconds):
        return "not_watched", "No server of this service looks at the Hummingbot API now."
    if beat.hold is not None:
        return "hummingbot-shared", _SHARED
    bounds = bounds_of(beat.pace_seconds, settings.lifecycle_speed)
    is_fresh = beat.last_look_at is not None and beat.read_at - beat.last_look_at <= bounds.fresh
    if beat.look_error is not None or not is_fresh:
        return "unreachable", f"The last look failed: {beat.look_error or 'no answer yet'}."
    return ("simulated" if settings.hummingbot_is_simulated == "yes" else "connected"), None


def _vault_health(settings: Settings, watch: KeyWatch) -> VaultHealth:
    if watch.missing:
        return "key_missing"
    return "ok" if settings.vault_keys is not None else "not_configured"


class HealthController(Controller):
    """Health."""

    tags = ("health",)

    @get("/", operation_id="getRoot")
    async def root(self) -> Root:
        """Return name and version."""
        return Root(service=SERVICE, version=__version__, status="running")

    @get("/health", operation_id="getHealth")
    async def health(
        self,
        looks: NamedDependency[HealthLooks],
        settings: NamedDependency[Settings],
        key_watch: NamedDependency[KeyWatch],
    ) -> Health:
        """Return how the service is, always with 200; the database gets 2 seconds to answer."""
        found: str | None = None
        is_reached = False
        detail: str | None = None
        try:
            found = (await looks.facts()).revision
            is_reached = True
            require_revision(found)
        except DatabaseBusyError as error:
            is_reached, detail = True, error.detail
        except DatabaseUnavailableError as error:
            detail = error.detail
        hummingbot, said = await hummingbot_health(looks, settings, is_usable=detail is None)
        return Health(
            status="degraded" if detail else "healthy",
            service=SERVICE,
            version=__version__,
            database="postgresql" if is_reached else "unavailable",
            schema=SchemaHealth(needed=head_revision(), found=found),
            hummingbot=hummingbot,
            hummingbot_detail=said,
            reconciler=settings.reconciler,
            vault=_vault_health(settings, key_watch),
            detail=detail,
        )

    @get("/health/live", operation_id="getLiveness")
    async def live(self) -> Alive:
        """Say that the event loop turns; an outage of the database is no reason to restart."""
        return Alive(status="alive")

    @get("/health/ready", operation_id="getReadiness", responses=answers(503))
    async def ready(self, looks: NamedDependency[HealthLooks]) -> Alive:
        """Say that the database is there with the schema that this release needs, else 503."""
        require_revision((await looks.facts()).revision)
        return Alive(status="ready")

"""What orchestrators and people ask about the service itself; none of it needs a key."""

from typing import Literal

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency

from bridge import __version__
from bridge.db.pool import Database
from bridge.db.revisions import head_revision
from bridge.db.schema import require_revision
from bridge.errors import DatabaseBusyError, DatabaseUnavailableError
from bridge.openapi import answers

SERVICE = "Trading Bridge"
_CHECK_SECONDS = 2


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """What this is."""

    service: str
    version: str
    status: Literal["running"]


class SchemaHealth(msgspec.Struct, frozen=True, kw_only=True):
    """The schema that this release needs, and the one that the database has (None: not known)."""

    needed: str
    found: str | None


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How the service is.

    Attributes:
        status: healthy whenever database and schema are right.
        database: Whether PostgreSQL answers, whatever its schema.
        detail: One sentence when they are not.
        hummingbot: Whether a Hummingbot API is in use.
    """

    status: Literal["healthy", "degraded"]
    service: str
    version: str
    database: Literal["postgresql", "unavailable"]
    schema: SchemaHealth
    hummingbot: Literal["not_configured"]
    detail: str | None


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    """An orchestrator's plain yes."""

    status: Literal["alive", "ready"]


class HealthController(Controller):
    """Health."""

    tags = ("health",)

    @get("/", operation_id="getRoot")
    async def root(self) -> Root:
        """Return name and version."""
        return Root(service=SERVICE, version=__version__, status="running")

    @get("/health", operation_id="getHealth")
    async def health(self, database: NamedDependency[Database]) -> Health:
        """Return how the service is, always with 200; asks the database for at most 2 seconds."""
        found: str | None = None
        is_reached = False
        detail: str | None = None
        try:
            found = (await database.look(_CHECK_SECONDS)).revision
            is_reached = True
            require_revision(found)
        except DatabaseBusyError as error:
            is_reached, detail = True, error.detail
        except DatabaseUnavailableError as error:
            detail = error.detail
        return Health(
            status="degraded" if detail else "healthy",
            service=SERVICE,
            version=__version__,
            database="postgresql" if is_reached else "unavailable",
            schema=SchemaHealth(needed=head_revision(), found=found),
            hummingbot="not_configured",
            detail=detail,
        )

    @get("/health/live", operation_id="getLiveness")
    async def live(self) -> Alive:
        """Say that the event loop turns; an outage of the database is no reason to restart."""
        return Alive(status="alive")

    @get("/health/ready", operation_id="getReadiness", responses=answers(503))
    async def ready(self, database: NamedDependency[Database]) -> Alive:
        """Say that the database is there with the schema that this release needs, else 503."""
        require_revision((await database.look(_CHECK_SECONDS)).revision)
        return Alive(status="ready")

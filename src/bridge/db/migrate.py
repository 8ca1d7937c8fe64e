"""Bringing a database to this release's schema: what ``bridge migrate`` does.

One process migrates a database at a time, every wait is bounded, each revision is a transaction of
its own, and a database that is not ours stays as it is. Alembic and SQLAlchemy are imported inside
the functions that need them: the server imports neither.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import asyncpg

from bridge.db.connect_failures import describe_connect_failure
from bridge.db.dsn import Dsn
from bridge.db.migration_turn import MigrationLimits, read_revision, turn
from bridge.db.revisions import all_revisions, head_revision, revision_number
from bridge.errors import ConfigurationError, DatabaseUnavailableError

__all__ = [
    "MigrationLimits",
    "MigrationReport",
    "head_revision",
    "migrate",
    "render_sql",
    "revision_number",
]


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """What a migration did.

    Attributes:
        from_revision: Where the database stood; None when it was empty.
        to_revision: Where it stands now.
        applied: The revisions in between, in their order; empty when there was nothing to do.
    """

    from_revision: str | None
    to_revision: str
    applied: tuple[str, ...]


async def migrate(
    dsn: Dsn, revision: str = "head", *, limits: MigrationLimits | None = None
) -> MigrationReport:
    """Bring the database up to ``revision``; one that is there already is left alone.

    Only forwards: a released schema is rolled forward, or restored from a backup. To ``head``, a
    database that is newer than this release is left alone too, so that a release can be rolled
    back without its schema. Revisions applied before a failure stay applied.

    Args:
        dsn: A direct connection; a pooler in transaction mode cannot hold the lock.
        revision: ``head`` or a number such as ``0001``.
        limits: How long to wait for what.

    Raises:
        ConfigurationError: There is no such revision, or the database belongs to another program.
        DatabaseUnavailableError: No connection, no turn, or no lock in time; worth another try.
    """
    limits = limits or MigrationLimits()
    target = _known(revision)
    applied: list[str] = []
    async with turn(dsn, limits) as connection:
        before = await read_revision(connection)
        if before is None or before < target:
            await _apply(dsn, limits, target, applied, _steps(before, target))
        elif before > target and revision != "head":
            raise ConfigurationError(
                f"The database is at revision {before} and cannot go back to {target}: released"
                " schemas are rolled forward, or restored from a backup."
            )
    return MigrationReport(before, applied[-1] if applied else before or target, tuple(applied))


def render_sql(revision: str = "head", *, start: str | None = None) -> str:
    """Return the statements up to ``revision`` as one script; needs no database.

    Args:
        revision: ``head`` or a number such as ``0001``.
        start: The revision that the database is at; None for an empty one.

    Raises:
        ConfigurationError: There is no such revision.
    """
    from bridge.db.alembic_runner import render  # noqa: PLC0415 - see the module's docstring

    return render(_known(revision), None if start is None else _known(start))


async def _apply(
    dsn: Dsn, limits: MigrationLimits, target: str, applied: list[str], steps: Sequence[str]
) -> None:
    from bridge.db.alembic_runner import upgrade  # noqa: PLC0415 - see the module's docstring

    for attempt in range(1, limits.lock_attempts + 1):
        try:
            await upgrade(dsn, limits, target, applied)
        except asyncpg.LockNotAvailableError as exc:
            if attempt == limits.lock_attempts:
                _give_up(exc, dsn, limits, steps[len(applied)])
            # Jitter: the lock's holder may come at a steady pace, too.
            await asyncio.sleep(random.uniform(0.5, 1.5) * limits.lock_timeout_ms / 1000)  # noqa: S311 - jitter
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as exc:
            _give_up(exc, dsn, limits, steps[len(applied)])
        else:
            return


def _give_up(exc: Exception, dsn: Dsn, limits: MigrationLimits, step: str) -> NoReturn:
    kept = f"nothing of revision {step} is applied"
    match exc:
        case asyncpg.LockNotAvailableError():
            raise DatabaseUnavailableError(
                f"A table that revision {step} changes stayed in use for all of"
                f" {limits.lock_attempts} tries: end the long transactions on it, or migrate when"
                f" there is less to do; {kept}."
            ) from exc
        case asyncpg.QueryCanceledError():
            raise DatabaseUnavailableError(
                f"A statement of revision {step} took longer than"
                f" {limits.statement_timeout_ms / 1000:g} seconds and was cancelled; {kept}."
            ) from exc
        case asyncpg.InsufficientPrivilegeError():
            raise ConfigurationError(
                f"The database user '{dsn.user}' may not change the schema: migrate as its owner,"
                f" or GRANT CREATE on the schema to that user; {kept}."
            ) from exc
        case (
            OSError()
            | asyncpg.InterfaceError()
            | asyncpg.PostgresConnectionError()
            | asyncpg.OperatorInterventionError()
            | asyncpg.InsufficientResourcesError()
            | asyncpg.ReadOnlySQLTransactionError()
        ):
            reason = describe_connect_failure(exc, dsn)
            raise DatabaseUnavailableError(f"Database not available: {reason}") from exc
        case _:
            raise exc  # a mistake in a revision: its author needs the statement and the trace


def _known(revision: str) -> str:
    known = all_revisions()
    if revision == "head":
        return known[-1]
    if revision not in known:
        names = known[0] if len(known) == 1 else f"{known[0]} to {known[-1]}"
        raise ConfigurationError(
            f"There is no revision '{revision}': this release has {names}; 'head' is the newest."
        )
    return revision


def _steps(before: str | None, target: str) -> list[str]:
    return [name for name in all_revisions() if (before or "") < name <= target]

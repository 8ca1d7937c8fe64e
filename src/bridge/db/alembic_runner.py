"""Alembic on our connection string: what ``migrations/env.py`` runs, and what ``migrate`` calls.

The only module that knows Alembic and SQLAlchemy. SQLAlchemy opens its connections through our own
`Dsn`, so that there is one parser of connection strings.
"""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from io import StringIO
from typing import TYPE_CHECKING

import asyncpg
from alembic import command, context
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from bridge.db.dsn import Dsn, parse_database_url
from bridge.db.migration_turn import CONNECT_SECONDS, MigrationLimits, turn
from bridge.db.revisions import migrations_folder
from bridge.errors import BridgeError

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationInfo
    from sqlalchemy import Connection


async def upgrade(dsn: Dsn, limits: MigrationLimits, revision: str, applied: list[str]) -> None:
    """Apply what leads up to ``revision``, one transaction each; for whoever holds the turn.

    Args:
        dsn: The database.
        limits: For its time-outs.
        revision: The last one to apply.
        applied: Gets the name of each revision as it is applied.

    Raises:
        asyncpg.PostgresError: As the driver raised it.
    """

    def run(connection: "Connection") -> None:
        config = alembic_config()
        config.attributes["connection"] = connection
        config.attributes["applied"] = applied
        command.upgrade(config, revision)

    async with _connected(dsn, limits) as connection:
        try:
            await connection.run_sync(run)
        except DBAPIError as exc:
            raise _driver_error(exc) from exc


def render(revision: str, start: str | None) -> str:
    """Return the script from ``start`` (None: from nothing) up to ``revision``."""
    script = StringIO()
    config = alembic_config()
    config.output_buffer = script
    command.upgrade(config, f"{start or 'base'}:{revision}", sql=True)
    return script.getvalue()


def alembic_config() -> Config:
    """Return the configuration that needs no ``alembic.ini``."""
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def run_environment() -> None:
    """Run the command that Alembic was called with; the body of ``migrations/env.py``.

    Without a connection of `upgrade`, thus under the plain ``alembic`` command, the database is
    that of DATABASE_DIRECT_URL, else DATABASE_URL.
    """
    given: Connection | None = context.config.attributes.get("connection")
    if context.is_offline_mode():
        _print_script()
    elif given is not None:
        _run_on(given)
    else:
        _run_alone()


def _print_script() -> None:
    # "named": other parameter styles double the per cent signs of the printed statements.
    context.configure(
        dialect_name="postgresql",
        dialect_opts={"paramstyle": "named"},
        literal_binds=True,
        transaction_per_migration=True,
    )
    limits = MigrationLimits()
    context.execute(f"SET lock_timeout = {limits.lock_timeout_ms}")
    context.execute(f"SET statement_timeout = {limits.statement_timeout_ms}")
    with context.begin_transaction():
        context.run_migrations()


def _run_on(connection: "Connection") -> None:
    applied: list[str] = context.config.attributes.get("applied", [])

    def note(ctx: object, step: "MigrationInfo", heads: object, run_args: object) -> None:
        del ctx, heads, run_args  # Alembic names them as it calls
        if step.is_upgrade and step.up_revision_id is not None:
            applied.append(step.up_revision_id)

    context.configure(connection=connection, transaction_per_migration=True, on_version_apply=note)
    with context.begin_transaction():
        context.run_migrations()


def _run_alone() -> None:
    async def run(dsn: Dsn, limits: MigrationLimits) -> None:
        async with turn(dsn, limits), _connected(dsn, limits) as connection:
            await connection.run_sync(_run_on)

    try:
        asyncio.run(run(_dsn_of_environment(), MigrationLimits()))
    except BridgeError as exc:
        raise CommandError(exc.detail) from exc  # Alembic's command prints its sentence only


@asynccontextmanager
async def _connected(dsn: Dsn, limits: MigrationLimits) -> AsyncGenerator[AsyncConnection]:
    async def connect() -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(
            **dsn.connect_arguments(),
            timeout=dsn.connect_timeout_seconds or CONNECT_SECONDS,
            server_settings=limits.server_settings,
        )

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    async with engine.connect() as connection:
        yield connection


def _driver_error(exc: DBAPIError) -> BaseException:
    # SQLAlchemy's asyncpg dialect raises its own class from the driver's error.
    original = exc.orig
    cause = None if original is None else original.__cause__
    return cause if isinstance(cause, asyncpg.PostgresError | asyncpg.InterfaceError) else exc


def _dsn_of_environment() -> Dsn:
    for variable in ("DATABASE_DIRECT_URL", "DATABASE_URL"):
        text = os.environ.get(variable, "")
        if text.strip():
            return parse_database_url(text, variable=variable)
    return parse_database_url("")

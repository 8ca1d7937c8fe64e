"""Which schemas this release works with."""

from typing import Final

import asyncpg

from bridge.db.revisions import head_revision, revision_number
from bridge.db.sql import load
from bridge.errors import SchemaOutdatedError

READ_REVISION: Final = load("alembic_version/read")
SCHEMA_DIFFERS: Final = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError)


def require_revision(found: str) -> None:
    """Accept the schema of this release and later ones, which stay compatible for a release.

    Raises:
        SchemaOutdatedError: It is older, or not ours.
    """
    needed = head_revision()
    number, least = revision_number(found), revision_number(needed)
    if number is not None and least is not None and number >= least:
        return
    raise SchemaOutdatedError(
        f"Database not available: its schema is at revision {found} and this release needs"
        f" {needed}; relations may not exist: run 'bridge migrate'."
    )


def schema_moved() -> SchemaOutdatedError:
    """Return the error for a table or column that should be there and is not."""
    return SchemaOutdatedError(
        "Database not available: its tables are not those of this release;"
        f" it needs revision {head_revision()}: run 'bridge migrate'."
    )

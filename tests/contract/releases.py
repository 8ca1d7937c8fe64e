"""A later release of the bridge, made of this one and more revisions, run in processes of its own.

What holds for several revisions must be shown before the second one is written; and a migration is
a process, so it is one here.
"""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).parents[2]
_PARTS: Final = ("src/bridge", "migrations", "sql")
_REVISION: Final = """
from alembic import op

revision = "{revision}"
down_revision = "{down_revision}"


def upgrade():
{body}
"""
# Prints what was applied; or, for a failure that has a name, its class and its sentence.
_MIGRATE: Final = """
import asyncio, json, os, sys
from bridge.db.dsn import parse_database_url
from bridge.db.migrate import MigrationLimits, migrate
from bridge.errors import BridgeError

try:
    limits = MigrationLimits(**json.loads(sys.argv[1]))
    report = asyncio.run(migrate(parse_database_url(os.environ["DATABASE_URL"]), limits=limits))
except BridgeError as exc:
    sys.exit(f"{type(exc).__name__}: {exc.detail}")
print(json.dumps(report.applied))
"""
_RENDER: Final = "from bridge.db.migrate import render_sql; print(render_sql())"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a process ended.

    Attributes:
        applied: The revisions that it says it applied; empty when it failed.
        error: The end of what it wrote to standard error.
    """

    status: int
    applied: tuple[str, ...]
    error: str


@dataclass(frozen=True, slots=True)
class Release:
    """A checkout to run."""

    folder: Path

    def add_revision(self, revision: str, *body: str) -> None:
        """Write the file of a revision that follows the one with the number before."""
        text = _REVISION.format(
            revision=revision,
            down_revision=f"{int(revision) - 1:04}",
            body="\n".join(f"    {line}" for line in body),
        )
        file = self.folder / "migrations" / "versions" / f"{revision}_test.py"
        file.write_text(text, encoding="utf-8")

    async def migrate(self, url: str, **limits: float) -> Outcome:
        """Run a migration to the newest revision to its end."""
        process = await self._start(_MIGRATE, json.dumps(limits), variables={"DATABASE_URL": url})
        output, error = await process.communicate()
        status = process.returncode or 0
        applied: list[str] = json.loads(output) if status == 0 else []
        return Outcome(status, tuple(applied), error.decode())

    async def render(self) -> str:
        """Return the script for an empty database."""
        process = await self._start(_RENDER)
        output, _ = await process.communicate()
        return output.decode()

    async def _start(
        self, *arguments: str, variables: Mapping[str, str] | None = None
    ) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            *arguments,
            env={**os.environ, "PYTHONPATH": str(self.folder / "src"), **(variables or {})},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )


def this_release() -> Release:
    """Return the checkout as it is; nothing may be added to it."""
    return Release(CHECKOUT)


def copy_release(folder: Path) -> Release:
    """Copy what a migration needs of the checkout."""
    for part in _PARTS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(CHECKOUT / part, folder / part, ignore=ignored)
    return Release(folder)

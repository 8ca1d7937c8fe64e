"""Runs squawk on each revision that no release has: would it block, rewrite or break a live table?

Released revisions are never edited, so what squawk learns later cannot fail them.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from bridge.db.migrate import render_sql
from bridge.db.revisions import all_revisions

_CHECKOUT: Final = Path(__file__).parents[2]
_SQUAWK: Final = Path(sys.executable).with_name("squawk")
# Alembic's own table is made in the first script, and is not ours to shape.
_VERSION_TABLE: Final = re.compile(r"CREATE TABLE alembic_version \(.*?\);\n", re.DOTALL)
_REVISION_FILE: Final = re.compile(r"migrations/versions/([0-9]{4})_\w+\.py")


def released_revisions() -> set[str]:
    """Return the revisions that stand in the newest tag; none without a tag, or without git."""
    tag = _git("describe", "--tags", "--abbrev=0").strip()
    files = _git("ls-tree", "-r", "--name-only", tag, "migrations/versions").split() if tag else []
    return {found.group(1) for name in files if (found := _REVISION_FILE.fullmatch(name))}


def lint(revision: str, script: str) -> bool:
    """Let squawk print what is wrong with a script; True when that is nothing."""
    squawk = subprocess.run(  # noqa: S603 - our own tool
        [_SQUAWK, "--config", _CHECKOUT / ".squawk.toml", "--stdin-filepath", f"{revision}.sql"],
        input=_VERSION_TABLE.sub("", script),
        text=True,
        check=False,
    )
    return squawk.returncode == 0


def main() -> int:
    """Lint all of them; the exit status."""
    released = released_revisions()
    verdicts: list[bool] = []
    start: str | None = None
    for revision in all_revisions():
        if revision not in released:
            verdicts.append(lint(revision, render_sql(revision, start=start)))
        start = revision
    return 0 if all(verdicts) else 1


def _git(*arguments: str) -> str:
    try:
        git = subprocess.run(  # noqa: S603
            ["git", "-C", _CHECKOUT, *arguments],  # noqa: S607 - the one on the PATH
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return ""
    return git.stdout if git.returncode == 0 else ""


if __name__ == "__main__":
    sys.exit(main())

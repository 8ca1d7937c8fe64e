"""Which schema revision this release has, read from the file names of its migrations.

Imported by the application at start-up, so it needs no Alembic.
"""

import re
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

_REVISION: Final = re.compile(r"[0-9]{4}", re.ASCII)
_VERSION_FILE: Final = re.compile(r"([0-9]{4})_[a-z0-9_]+\.py", re.ASCII)


@cache
def migrations_folder() -> Path:
    """Return the folder with ``env.py`` and ``versions``: of the wheel, else of the checkout.

    Raises:
        FileNotFoundError: Neither is there.
    """
    with as_file(files("bridge") / "migrations") as packaged:
        folders = (packaged, Path(__file__).parents[3] / "migrations")
    for folder in folders:
        if (folder / "versions").is_dir():
            return folder
    raise FileNotFoundError(folders[0])


@cache
def all_revisions() -> tuple[str, ...]:
    """Return every revision of this release, oldest first."""
    names = (path.name for path in (migrations_folder() / "versions").iterdir())
    return tuple(
        sorted(found.group(1) for name in names if (found := _VERSION_FILE.fullmatch(name)))
    )


def head_revision() -> str:
    """Return the newest revision of this release, such as ``0001``."""
    return all_revisions()[-1]


def revision_number(text: str) -> int | None:
    """Return the number of a revision of ours, or None for any other text."""
    return int(text) if _REVISION.fullmatch(text) else None

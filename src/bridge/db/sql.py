"""SQL statements, one per file; the text is what PostgreSQL gets."""

from importlib.resources import files
from pathlib import Path
from typing import NewType

Sql = NewType("Sql", str)

_PACKAGED = files("bridge") / "sql"  # an installed wheel
_CHECKOUT = Path(__file__).parents[3] / "sql"  # an editable install


def load(name: str) -> Sql:
    """Return the text of ``sql/<name>.sql``, verbatim; a missing file raises at import."""
    root = _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT
    return Sql((root / f"{name}.sql").read_text(encoding="utf-8"))

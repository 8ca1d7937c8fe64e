"""SQL statements, one per file; the text is what PostgreSQL gets."""

from pathlib import Path
from typing import Final, NewType

Sql = NewType("Sql", str)

_PACKAGED = Path(__file__).parents[1] / "sql"  # an installed wheel
_CHECKOUT = Path(__file__).parents[3] / "sql"  # an editable install
ROOT: Final = _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


def load(name: str) -> Sql:
    """Return the text of ``sql/<name>.sql``, verbatim; a missing file raises at import."""
    return Sql((ROOT / f"{name}.sql").read_text(encoding="utf-8"))

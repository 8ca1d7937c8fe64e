"""What runs on the pool leaves nothing behind in its session: nothing resets it there."""

import re
from pathlib import Path

import pytest

_SQL = Path(__file__).parents[2] / "sql"
# What asyncpg's reset would undo. The lock of migrations is taken on a connection of its own.
_SESSION = re.compile(
    r"^\s*(SET(?!\s+LOCAL)|LISTEN|DECLARE|PREPARE|CREATE)\b|pg_(try_)?advisory_lock"
    r"|set_config\((?![^()]*,\s*TRUE\))",  # TRUE: until the transaction ends
    re.IGNORECASE | re.MULTILINE,
)
_ON_ITS_OWN_CONNECTION = {"alembic_version/try_lock"}


def _statement(path: Path) -> str:
    return "\n".join(
        line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("--")
    )


@pytest.mark.parametrize(
    "path", sorted(_SQL.glob("*/*.sql")), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_statement_leaves_nothing_in_its_session(path: Path) -> None:
    # SET also begins a line of an UPDATE; there it follows the table.
    text = re.sub(r"(UPDATE\s+\S+(\s+AS\s+\S+)?|DO UPDATE)\s+SET\b", "", _statement(path))
    name = f"{path.parent.name}/{path.stem}"

    assert (_SESSION.search(text) is not None) == (name in _ON_ITS_OWN_CONNECTION)

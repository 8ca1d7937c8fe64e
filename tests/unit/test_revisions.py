"""Revisions are read from file names, at no cost to the server's start."""

import subprocess
import sys

import pytest

from bridge.db.revisions import all_revisions, head_revision, migrations_folder, revision_number


def test_revisions_are_the_files_of_the_migrations() -> None:
    files = sorted(path.name for path in (migrations_folder() / "versions").glob("[0-9]*.py"))

    assert [name[:4] for name in files] == list(all_revisions())
    assert head_revision() == all_revisions()[-1]
    assert all_revisions()[0] == "0001"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0001", 1),
        ("0123", 123),
        ("1", None),
        ("00001", None),
        ("none", None),
        ("\u0661" * 4, None),
    ],
)
def test_only_our_revisions_have_a_number(text: str, number: int | None) -> None:
    assert revision_number(text) == number


def test_knowing_them_needs_no_alembic() -> None:
    script = (
        "import sys, bridge.db.migrate, bridge.db.pool, bridge.db.revisions;"
        " sys.exit(len({'alembic', 'sqlalchemy'} & sys.modules.keys()))"
    )

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0  # noqa: S603

"""Which release this is."""

import re
from pathlib import Path

import pytest

from bridge.release import build_id, build_of


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Some code, and some statements."""
    code, statements = tmp_path / "code", tmp_path / "sql"
    for folder in (code / "bots", statements / "bots"):
        folder.mkdir(parents=True)
    (code / "bots" / "views.py").write_text("shown = 1")
    (statements / "bots" / "list.sql").write_text("SELECT 1;")
    return code, statements


def test_build_is_a_few_hex_digits_that_stay() -> None:
    assert re.fullmatch(r"[0-9a-f]{8}", build_id())
    assert build_id() == build_id()


def test_any_module_or_statement_makes_another_build(folders: tuple[Path, Path]) -> None:
    code, statements = folders
    builds = [build_of(code, statements)]

    (code / "bots" / "views.py").write_text("shown = 2")
    builds.append(build_of(code, statements))
    (statements / "bots" / "list.sql").write_text("SELECT 2;")
    builds.append(build_of(code, statements))
    (statements / "bots" / "list.sql").rename(statements / "bots" / "list_all.sql")
    builds.append(build_of(code, statements))

    assert len(set(builds)) == 4


def test_what_is_no_code_makes_no_other_build(folders: tuple[Path, Path]) -> None:
    code, statements = folders
    before = build_of(code, statements)

    (code / "bots" / "views.pyc").write_bytes(b"compiled")

    assert build_of(code, statements) == before

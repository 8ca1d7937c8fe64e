"""Revisions that no release has are safe on a live table, in the eyes of squawk."""

import pytest
from tests.contract.lint_migrations import lint, released_revisions

from bridge.db.migrate import render_sql
from bridge.db.revisions import all_revisions


def test_unreleased_revisions_have_no_finding() -> None:
    for before, revision in zip((None, *all_revisions()), all_revisions(), strict=False):
        if revision not in released_revisions():
            assert lint(revision, render_sql(revision, start=before))


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE bots ADD COLUMN colour text NOT NULL;",
        "CREATE INDEX bots_name_idx ON bots (name);",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS bots_name_idx ON bots (name);",
        "ALTER TABLE bots ADD CONSTRAINT bots_name_check CHECK (name <> '');",
        "ALTER TABLE bots RENAME COLUMN name TO title;",
    ],
)
def test_what_blocks_or_breaks_is_found(statement: str) -> None:
    settings = "SET lock_timeout = 2000;\nSET statement_timeout = 60000;\n"

    assert not lint("0002", f"{settings}BEGIN;\n{statement}\nCOMMIT;\n")

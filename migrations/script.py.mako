"""${message}.

Revision ID: ${up_revision}
Revises: ${down_revision or "nothing"}

Before you write (docs/operations.md and CONTRIBUTING.md say more):
- The release before this one is still serving while this runs. So expand here; what it would miss
  (a column, a table, a name) goes one release later.
- One statement per op.execute. A literal colon before a word is written with a backslash before it.
- A lock is waited for 2 s, a statement may take 60 s. Fill columns in batches. A constraint on a
  table with rows: ADD ... NOT VALID, then VALIDATE CONSTRAINT. An index on one: CREATE INDEX
  CONCURRENTLY inside `with op.get_context().autocommit_block():`, the only thing in its revision.
- Every constraint and index is named <table>_<columns>_{pkey,key,fkey,idx,check}.
- `make snapshot` and `make check` afterwards; the downgrade is tested, and removed at the release.
"""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    op.execute("")


def downgrade() -> None:
    op.execute("")

"""Events are found by account, subject, actor and action, and by their time alone.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_INDEXES = {
    "events_created_at_id_idx": "created_at, id",
    "events_account_created_at_id_idx": "account, created_at, id",
    "events_subject_created_at_id_idx": "subject, created_at, id",
    "events_actor_created_at_id_idx": "actor, created_at, id",
    "events_action_created_at_id_idx": "action, created_at, id",
}


def upgrade() -> None:
    # Without a transaction, so each is made anew when an attempt before broke off in the middle.
    with op.get_context().autocommit_block():
        for name, columns in _INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON events ({columns})")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS events_account_created_at_idx")


def downgrade() -> None:
    op.execute("CREATE INDEX events_account_created_at_idx ON events (account, created_at)")
    for name in _INDEXES:
        op.execute(f"DROP INDEX {name}")

"""Lifecycle: runs of bots, what is seen upstream, the leader's lease, and who this bridge is.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# What somebody asked for, what was merged from it last, and what shows of the open run.
BOTS = """
ALTER TABLE bots
    ADD COLUMN desired_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN generation integer NOT NULL DEFAULT 0,
    ADD COLUMN known_state text NOT NULL DEFAULT 'stopped',
    ADD COLUMN is_stale boolean NOT NULL DEFAULT false,
    ADD COLUMN merge_at timestamptz,
    ADD COLUMN instance text,
    ADD COLUMN running_revision integer,
    ADD COLUMN performance jsonb,
    ADD COLUMN deleted_at timestamptz
"""

CLIENTS = "ALTER TABLE clients ADD COLUMN deleted_at timestamptz"

RUNS = """
CREATE TABLE runs (
    id uuid NOT NULL,
    bot_id uuid NOT NULL,
    generation integer NOT NULL,
    phase text NOT NULL,
    attempt integer NOT NULL DEFAULT 0,
    lease_token bigint,
    config_name text,
    revision integer NOT NULL,
    seen_revision integer,
    config jsonb NOT NULL,
    credentials_revision integer,
    instance text,
    requested_at timestamptz NOT NULL,
    deploying_at timestamptz,
    deployed_at timestamptz,
    first_active_at timestamptz,
    first_figures_at timestamptz,
    effect_ended_at timestamptz,
    next_attempt_at timestamptz,
    ended_at timestamptz,
    outcome text,
    orders_cancelled text,
    error text,
    performance jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT runs_pkey PRIMARY KEY (id),
    CONSTRAINT runs_bot_id_generation_key UNIQUE (bot_id, generation),
    CONSTRAINT runs_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES bots (id) ON DELETE CASCADE,
    CONSTRAINT runs_phase_check
        CHECK (phase IN ('requested', 'deploying', 'deployed', 'stopping', 'ended')),
    CONSTRAINT runs_outcome_check
        CHECK (outcome IN ('stopped', 'cancelled', 'failed', 'expired', 'gone')),
    CONSTRAINT runs_orders_cancelled_check CHECK (orders_cancelled IN ('yes', 'unknown')),
    CONSTRAINT runs_ended_at_check
        CHECK (
            (ended_at IS NULL) = (outcome IS NULL)
            AND (ended_at IS NULL) = (phase <> 'ended')
        ),
    CONSTRAINT runs_instance_check CHECK (phase NOT IN ('deployed', 'stopping') OR instance <> '')
)
"""

# Rows stay when their container is gone and when their bot is removed, so that a container that
# comes up late is recognised.
INSTANCES = """
CREATE TABLE instances (
    name text NOT NULL,
    instance_name text NOT NULL,
    bot_id uuid,
    run_id uuid,
    account text,
    connector text,
    pair text,
    config_name text,
    first_seen_at timestamptz NOT NULL,
    condition text,
    condition_since timestamptz,
    is_active boolean NOT NULL DEFAULT false,
    is_dud boolean NOT NULL DEFAULT false,
    gone_at timestamptz,
    checked_at timestamptz,
    stop_asked_at timestamptz,
    force_asked_at timestamptz,
    stop_sent_at timestamptz,
    told_at timestamptz,
    archive_sent_at timestamptz,
    stop_attempts integer NOT NULL DEFAULT 0,
    retry_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT instances_pkey PRIMARY KEY (name),
    CONSTRAINT instances_bot_id_fkey
        FOREIGN KEY (bot_id) REFERENCES bots (id) ON DELETE SET NULL,
    CONSTRAINT instances_run_id_fkey
        FOREIGN KEY (run_id) REFERENCES runs (id) ON DELETE SET NULL,
    CONSTRAINT instances_condition_check
        CHECK (
            condition IN (
                'trading', 'idle', 'emptied', 'quiet', 'waiting', 'absent', 'exited', 'unreadable'
            )
        )
)
"""

# The lease's row is locked by every transaction of its holder, so it is not the one that beats.
LEASES = """
CREATE TABLE leases (
    name text NOT NULL,
    token bigint NOT NULL,
    holder text NOT NULL,
    taken_at timestamptz NOT NULL,
    CONSTRAINT leases_pkey PRIMARY KEY (name)
)
"""

HEARTBEATS = """
CREATE TABLE heartbeats (
    name text NOT NULL,
    token bigint NOT NULL,
    beat_at timestamptz NOT NULL,
    last_look_at timestamptz,
    pace_seconds double precision NOT NULL DEFAULT 1,
    look_error text,
    hold text,
    CONSTRAINT heartbeats_pkey PRIMARY KEY (name),
    CONSTRAINT heartbeats_name_fkey FOREIGN KEY (name) REFERENCES leases (name)
)
"""

# What the leader owes the upstream besides the bots: credentials to send, clients to remove.
CHORES = """
CREATE TABLE chores (
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    due_at timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT chores_pkey PRIMARY KEY (kind, subject_id),
    CONSTRAINT chores_kind_check CHECK (kind IN ('sync_connector', 'remove_client'))
)
"""

# One row, made at the first takeover. A database that does not find itself under the place written
# here is a copy of the one that wrote it.
INSTALLATION = """
CREATE TABLE installation (
    is_only boolean NOT NULL DEFAULT true,
    id uuid NOT NULL,
    place text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT installation_pkey PRIMARY KEY (is_only),
    CONSTRAINT installation_is_only_check CHECK (is_only)
)
"""


def upgrade() -> None:
    op.execute(BOTS)
    op.execute(CLIENTS)
    op.execute(RUNS)
    op.execute("CREATE UNIQUE INDEX runs_bot_id_idx ON runs (bot_id) WHERE ended_at IS NULL")
    op.execute("CREATE INDEX runs_instance_idx ON runs (instance)")
    op.execute(INSTANCES)
    op.execute("CREATE INDEX instances_bot_id_idx ON instances (bot_id)")
    op.execute("CREATE INDEX instances_run_id_idx ON instances (run_id)")
    op.execute("CREATE INDEX instances_name_idx ON instances (name) WHERE gone_at IS NULL")
    op.execute(CHORES)
    op.execute("CREATE INDEX chores_due_at_idx ON chores (due_at)")
    op.execute(
        "INSERT INTO chores (kind, subject_id)"
        " SELECT 'sync_connector', id FROM connectors WHERE sync_error IS NULL"
    )
    op.execute(LEASES)
    op.execute(HEARTBEATS)
    op.execute(INSTALLATION)


def downgrade() -> None:
    op.execute("DROP TABLE installation")
    op.execute("DROP TABLE heartbeats")
    op.execute("DROP TABLE leases")
    op.execute("DROP TABLE chores")
    op.execute("DROP TABLE instances")
    op.execute("DROP TABLE runs")
    op.execute("ALTER TABLE clients DROP COLUMN deleted_at")
    op.execute(
        "ALTER TABLE bots DROP COLUMN desired_at, DROP COLUMN generation,"
        " DROP COLUMN known_state, DROP COLUMN is_stale, DROP COLUMN merge_at,"
        " DROP COLUMN instance, DROP COLUMN running_revision, DROP COLUMN performance,"
        " DROP COLUMN deleted_at"
    )

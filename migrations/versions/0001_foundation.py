"""Foundation: clients with their wallets and connectors, bots, versions and events.

Revision ID: 0001
Revises: nothing
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

CLIENTS = r"""
CREATE TABLE clients (
    id uuid NOT NULL,
    name text NOT NULL,
    email text,
    account_identifier text NOT NULL,
    primary_wallet_id uuid,
    self_service boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT clients_pkey PRIMARY KEY (id),
    CONSTRAINT clients_account_identifier_key UNIQUE (account_identifier),
    CONSTRAINT clients_id_account_identifier_key UNIQUE (id, account_identifier),
    CONSTRAINT clients_name_check CHECK (name <> ''),
    CONSTRAINT clients_account_identifier_check
        CHECK (
            account_identifier ~ '^[A-Za-z0-9_-]{1,64}$'
            AND lower(translate(account_identifier, '_-', '')) <> 'masteraccount'
        )
)
"""

WALLETS = """
CREATE TABLE wallets (
    id uuid NOT NULL,
    client_id uuid NOT NULL,
    chain text NOT NULL,
    address text NOT NULL,
    address_key text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT wallets_pkey PRIMARY KEY (id),
    CONSTRAINT wallets_address_key_key UNIQUE (address_key),
    CONSTRAINT wallets_client_id_id_key UNIQUE (client_id, id),
    CONSTRAINT wallets_client_id_fkey
        FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE,
    CONSTRAINT wallets_chain_check CHECK (chain IN ('evm', 'solana')),
    CONSTRAINT wallets_address_key_check CHECK (address_key = lower(address))
)
"""

# Only a wallet of the same client can be its primary one; when that wallet goes, the oldest that
# is left stands in for it.
CLIENTS_PRIMARY_WALLET = """
ALTER TABLE clients ADD CONSTRAINT clients_id_primary_wallet_id_fkey
    FOREIGN KEY (id, primary_wallet_id) REFERENCES wallets (client_id, id)
    ON DELETE SET NULL (primary_wallet_id)
"""

# created_at is the time of the statement, not of the transaction: a client is made with several
# connectors, and their order is the order in which they were sent.
CONNECTORS = """
CREATE TABLE connectors (
    id uuid NOT NULL,
    client_id uuid NOT NULL,
    name text NOT NULL,
    exchange text NOT NULL,
    sealed_credentials bytea NOT NULL,
    preview text NOT NULL,
    revision integer NOT NULL DEFAULT 1,
    synced_revision integer,
    sync_error text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT connectors_pkey PRIMARY KEY (id),
    CONSTRAINT connectors_client_id_name_key UNIQUE (client_id, name),
    CONSTRAINT connectors_client_id_fkey
        FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE,
    CONSTRAINT connectors_name_check CHECK (name = lower(name) AND name <> ''),
    CONSTRAINT connectors_revision_check CHECK (revision >= 1)
)
"""

BOTS = """
CREATE TABLE bots (
    id uuid NOT NULL,
    client_id uuid NOT NULL,
    account text NOT NULL,
    instance_name text NOT NULL,
    name text NOT NULL,
    connector text NOT NULL,
    pair text NOT NULL,
    strategy text NOT NULL,
    config jsonb NOT NULL,
    revision integer NOT NULL DEFAULT 1,
    desired_state text NOT NULL DEFAULT 'stopped',
    state text NOT NULL DEFAULT 'stopped',
    reason text NOT NULL DEFAULT 'never_deployed',
    since timestamptz NOT NULL DEFAULT now(),
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT bots_pkey PRIMARY KEY (id),
    CONSTRAINT bots_instance_name_key UNIQUE (instance_name),
    CONSTRAINT bots_client_id_account_fkey
        FOREIGN KEY (client_id, account)
        REFERENCES clients (id, account_identifier) ON DELETE CASCADE,
    CONSTRAINT bots_config_check CHECK (jsonb_typeof(config) = 'object'),
    CONSTRAINT bots_revision_check CHECK (revision >= 1),
    CONSTRAINT bots_desired_state_check CHECK (desired_state IN ('running', 'stopped')),
    CONSTRAINT bots_state_check CHECK (
        state IN (
            'stopped', 'starting', 'running', 'stopping', 'error', 'lost', 'unknown', 'conflict'
        )
    )
)
"""

VERSIONS = """
CREATE TABLE versions (
    account text NOT NULL,
    version bigint NOT NULL,
    tag text NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT versions_pkey PRIMARY KEY (account),
    CONSTRAINT versions_version_check CHECK (version >= 1)
)
"""

EVENTS = """
CREATE TABLE events (
    id uuid NOT NULL,
    account text,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail jsonb NOT NULL,
    request_id text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT events_pkey PRIMARY KEY (id)
)
"""


def upgrade() -> None:
    op.execute(CLIENTS)
    op.execute("CREATE INDEX clients_created_at_id_idx ON clients (created_at, id)")
    op.execute(WALLETS)
    op.execute(CLIENTS_PRIMARY_WALLET)
    op.execute(CONNECTORS)
    op.execute(BOTS)
    op.execute("CREATE INDEX bots_account_created_at_id_idx ON bots (account, created_at, id)")
    op.execute("CREATE INDEX bots_created_at_id_idx ON bots (created_at, id)")
    op.execute("CREATE INDEX bots_client_id_account_idx ON bots (client_id, account)")
    op.execute(VERSIONS)
    op.execute("CREATE INDEX versions_changed_at_idx ON versions (changed_at)")
    op.execute(EVENTS)
    op.execute("CREATE INDEX events_account_created_at_idx ON events (account, created_at)")


def downgrade() -> None:
    op.execute("DROP TABLE events")
    op.execute("DROP TABLE versions")
    op.execute("DROP TABLE bots")
    op.execute("DROP TABLE connectors")
    op.execute("ALTER TABLE clients DROP CONSTRAINT clients_id_primary_wallet_id_fkey")
    op.execute("DROP TABLE wallets")
    op.execute("DROP TABLE clients")

"""Access: API keys, wallet sessions and how they begin, tickets for streams, and limits.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Of every secret only the SHA-256: it has 256 random bits, so that nobody finds it by trying.
API_KEYS = """
CREATE TABLE api_keys (
    id uuid NOT NULL,
    public_id text NOT NULL,
    secret_hash bytea NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    client_id uuid,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_public_id_key UNIQUE (public_id),
    CONSTRAINT api_keys_client_id_fkey
        FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE,
    CONSTRAINT api_keys_secret_hash_check CHECK (octet_length(secret_hash) = 32),
    CONSTRAINT api_keys_name_check CHECK (name <> ''),
    CONSTRAINT api_keys_role_check CHECK (role IN ('admin', 'operator', 'viewer', 'client')),
    CONSTRAINT api_keys_client_id_check CHECK ((client_id IS NOT NULL) = (role = 'client'))
)
"""

# A row is a session that goes on: it ends by being deleted. It holds as long as the wallet belongs
# to the client, or to the settings where the role is admin.
SESSIONS = """
CREATE TABLE sessions (
    id uuid NOT NULL,
    token_hash bytea NOT NULL,
    role text NOT NULL,
    client_id uuid,
    chain text NOT NULL,
    address text NOT NULL,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_token_hash_key UNIQUE (token_hash),
    CONSTRAINT sessions_client_id_fkey
        FOREIGN KEY (client_id) REFERENCES clients (id) ON DELETE CASCADE,
    CONSTRAINT sessions_token_hash_check CHECK (octet_length(token_hash) = 32),
    CONSTRAINT sessions_role_check CHECK (role IN ('admin', 'client')),
    CONSTRAINT sessions_client_id_check CHECK ((client_id IS NOT NULL) = (role = 'client')),
    CONSTRAINT sessions_chain_check CHECK (chain IN ('evm', 'solana'))
)
"""

# Found by the whole message, so that nothing of what was signed can differ from what was asked.
LOGIN_CHALLENGES = """
CREATE TABLE login_challenges (
    message_hash bytea NOT NULL,
    chain text NOT NULL,
    address text NOT NULL,
    origin text,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT login_challenges_pkey PRIMARY KEY (message_hash),
    CONSTRAINT login_challenges_message_hash_check CHECK (octet_length(message_hash) = 32),
    CONSTRAINT login_challenges_chain_check CHECK (chain IN ('evm', 'solana'))
)
"""

# For whom a stream may be opened once; neither key nor session: for the admin key.
STREAM_TICKETS = """
CREATE TABLE stream_tickets (
    ticket_hash bytea NOT NULL,
    api_key_id uuid,
    session_id uuid,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT stream_tickets_pkey PRIMARY KEY (ticket_hash),
    CONSTRAINT stream_tickets_api_key_id_fkey
        FOREIGN KEY (api_key_id) REFERENCES api_keys (id) ON DELETE CASCADE,
    CONSTRAINT stream_tickets_session_id_fkey
        FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE,
    CONSTRAINT stream_tickets_ticket_hash_check CHECK (octet_length(ticket_hash) = 32),
    CONSTRAINT stream_tickets_session_id_check CHECK (api_key_id IS NULL OR session_id IS NULL)
)
"""

# One moment says how full a bucket is: when all that was taken will have flowed back.
RATE_LIMITS = """
CREATE TABLE rate_limits (
    name text NOT NULL,
    full_at timestamptz NOT NULL,
    CONSTRAINT rate_limits_pkey PRIMARY KEY (name)
)
"""


def upgrade() -> None:
    op.execute(API_KEYS)
    op.execute("CREATE INDEX api_keys_client_id_idx ON api_keys (client_id)")
    op.execute(SESSIONS)
    op.execute("CREATE INDEX sessions_client_id_idx ON sessions (client_id)")
    op.execute("CREATE INDEX sessions_expires_at_idx ON sessions (expires_at)")
    op.execute(LOGIN_CHALLENGES)
    op.execute("CREATE INDEX login_challenges_expires_at_idx ON login_challenges (expires_at)")
    op.execute(STREAM_TICKETS)
    op.execute("CREATE INDEX stream_tickets_api_key_id_idx ON stream_tickets (api_key_id)")
    op.execute("CREATE INDEX stream_tickets_session_id_idx ON stream_tickets (session_id)")
    op.execute(RATE_LIMITS)


def downgrade() -> None:
    op.execute("DROP TABLE rate_limits")
    op.execute("DROP TABLE stream_tickets")
    op.execute("DROP TABLE login_challenges")
    op.execute("DROP TABLE sessions")
    op.execute("DROP TABLE api_keys")

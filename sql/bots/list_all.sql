-- bots/list_all: a page of every account's bots, oldest first.
-- $1 known_states: text[], null for all
-- $2 after_created_at: timestamptz, the place where the page before ended
-- $3 after_id: uuid
-- $4 limit: int8
-- returns 0..n BotRow: id uuid, client_id uuid, account text, instance_name text, name text,
--   connector text, pair text, strategy text, config jsonb, revision int4, desired_state text,
--   state text, reason text, since timestamptz, known_state text, is_stale bool, error text,
--   instance text, running_revision int4, performance jsonb, deleted_at timestamptz,
--   created_at timestamptz, updated_at timestamptz, last_look_at timestamptz,
--   pace_seconds float8, beat_at timestamptz, look_error text, read_at timestamptz
SELECT
    b.id,
    b.client_id,
    b.account,
    b.instance_name,
    b.name,
    b.connector,
    b.pair,
    b.strategy,
    b.config,
    b.revision,
    b.desired_state,
    b.state,
    b.reason,
    b.since,
    b.known_state,
    b.is_stale,
    b.error,
    b.instance,
    b.running_revision,
    b.performance,
    b.deleted_at,
    b.created_at,
    b.updated_at,
    h.last_look_at,
    h.pace_seconds,
    h.beat_at,
    h.look_error,
    statement_timestamp() AS read_at
FROM bots AS b
LEFT JOIN heartbeats AS h ON h.name = 'lifecycle'
WHERE
    b.deleted_at IS NULL
    AND ($1::text[] IS NULL OR b.known_state = any($1))
    AND (b.created_at, b.id) > ($2, $3)
ORDER BY b.created_at, b.id
LIMIT $4;

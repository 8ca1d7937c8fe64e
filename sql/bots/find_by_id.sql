-- bots/find_by_id: one bot, with how old the last look at the upstream is.
-- $1 bot_id: uuid
-- $2 account: text, the only one that is looked in; null for any
-- returns 0..1 BotRow: id uuid, client_id uuid, account text, instance_name text, name text,
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
    clock_timestamp() AS read_at
FROM bots AS b
LEFT JOIN heartbeats AS h ON h.name = 'lifecycle'
WHERE b.id = $1 AND ($2::text IS NULL OR b.account = $2);

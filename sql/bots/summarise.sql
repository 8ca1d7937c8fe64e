-- bots/summarise: what the health of an account's bots is derived from.
-- $1 account: text, null for all
-- $2 limit: int8
-- returns 0..n SummaryRow: state text, reason text, since timestamptz, known_state text,
--   is_stale bool, last_look_at timestamptz, pace_seconds float8, beat_at timestamptz,
--   look_error text, read_at timestamptz
SELECT
    b.state,
    b.reason,
    b.since,
    b.known_state,
    b.is_stale,
    h.last_look_at,
    h.pace_seconds,
    h.beat_at,
    h.look_error,
    clock_timestamp() AS read_at
FROM bots AS b
LEFT JOIN heartbeats AS h ON h.name = 'lifecycle'
WHERE ($1::text IS NULL OR b.account = $1) AND b.deleted_at IS NULL
ORDER BY b.created_at, b.id
LIMIT $2;

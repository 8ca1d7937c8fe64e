-- bots/summarise: how many of an account's bots are in which state, as stored.
-- $1 account: text, null for all
-- returns 0..n SummaryRow: state text, reason text, is_stale bool, bots int8,
--   last_look_at timestamptz, pace_seconds float8, read_at timestamptz
-- Counted here, for there may be many bots and few states. When one began says nothing of health.
SELECT
    b.state,
    b.reason,
    b.is_stale,
    count(*) AS bots,
    min(h.last_look_at) AS last_look_at,
    min(h.pace_seconds) AS pace_seconds,
    statement_timestamp() AS read_at
FROM bots AS b
LEFT JOIN heartbeats AS h ON h.name = 'lifecycle'
WHERE ($1::text IS NULL OR b.account = $1) AND b.deleted_at IS NULL
GROUP BY b.state, b.reason, b.is_stale;

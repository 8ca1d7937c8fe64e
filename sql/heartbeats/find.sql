-- heartbeats/find: how the leader is, and how late it is here.
-- $1 name: text
-- returns 0..1 HeartbeatRow: token int8, beat_at timestamptz, last_look_at timestamptz,
--   pace_seconds float8, look_error text, hold text, read_at timestamptz
SELECT
    token,
    beat_at,
    last_look_at,
    pace_seconds,
    look_error,
    hold,
    clock_timestamp() AS read_at
FROM heartbeats
WHERE name = $1;

-- heartbeats/beat: the leader lives, and this is what it saw last; no row: it leads no more.
-- $1 name: text
-- $2 token: int8
-- $3 last_look_at: timestamptz, null keeps the one before
-- $4 pace_seconds: float8
-- $5 look_error: text, why the newest look failed
-- $6 hold: text, why it sends nothing
-- returns 0..1: beat_at timestamptz
UPDATE heartbeats
SET
    beat_at = clock_timestamp(),
    last_look_at = greatest(last_look_at, $3),
    pace_seconds = $4,
    look_error = $5,
    hold = $6
WHERE name = $1 AND token = $2
RETURNING beat_at;

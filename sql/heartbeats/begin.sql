-- heartbeats/begin: the first beat of a new leader.
-- $1 name: text
-- $2 token: int8
-- returns none
UPDATE heartbeats
SET
    token = $2,
    beat_at = clock_timestamp(),
    look_error = NULL,
    hold = NULL
WHERE name = $1;

-- leases/take: become the leader when the one before has not beaten for long enough.
-- $1 name: text
-- $2 holder: text
-- $3 patience: interval, how old the last heartbeat must be
-- returns 0..1: token int8
-- Waits for the transactions of the one before; they hold the row for seconds at most.
UPDATE leases AS l
SET
    token = l.token + 1,
    holder = $2,
    taken_at = clock_timestamp()
FROM heartbeats AS h
WHERE
    l.name = $1
    AND h.name = l.name
    AND h.beat_at < clock_timestamp() - $3::interval
RETURNING l.token;

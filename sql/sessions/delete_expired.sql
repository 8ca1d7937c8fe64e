-- sessions/delete_expired: clear away sessions that are over; others may do the same meanwhile.
-- returns none
DELETE FROM sessions
WHERE id IN (
    SELECT id FROM sessions
    WHERE expires_at < clock_timestamp()
    ORDER BY id
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
);

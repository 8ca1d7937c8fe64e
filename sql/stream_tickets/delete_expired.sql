-- stream_tickets/delete_expired: clear away tickets that nobody used.
-- returns none
DELETE FROM stream_tickets
WHERE ticket_hash IN (
    SELECT ticket_hash FROM stream_tickets
    WHERE expires_at < clock_timestamp()
    ORDER BY ticket_hash
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
);

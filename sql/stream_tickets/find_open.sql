-- stream_tickets/find_open: those of these tickets that may still be used.
-- $1 ticket_hashes: bytea[]
-- returns 0..n: ticket_hash bytea
SELECT ticket_hash
FROM stream_tickets
WHERE ticket_hash = any($1::bytea[]) AND expires_at > clock_timestamp();

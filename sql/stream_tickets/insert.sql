-- stream_tickets/insert: let somebody open one stream.
-- $1 ticket_hash: bytea
-- $2 api_key_id: uuid, null when it is no key
-- $3 session_id: uuid, null when it is no session
-- $4 lifetime_seconds: float8
-- returns 1: expires_at timestamptz
INSERT INTO stream_tickets (ticket_hash, api_key_id, session_id, expires_at)
VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 second')
RETURNING expires_at;

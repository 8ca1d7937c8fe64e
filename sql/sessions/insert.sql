-- sessions/insert: begin a session.
-- $1 session_id: uuid
-- $2 token_hash: bytea
-- $3 role: text
-- $4 client_id: uuid, for the role client only
-- $5 chain: text
-- $6 address: text
-- $7 lifetime_seconds: float8
-- returns 1: expires_at timestamptz
INSERT INTO sessions (id, token_hash, role, client_id, chain, address, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + $7 * interval '1 second')
RETURNING expires_at;

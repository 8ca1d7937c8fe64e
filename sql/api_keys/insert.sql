-- api_keys/insert: store a key.
-- $1 key_id: uuid
-- $2 public_id: text
-- $3 secret_hash: bytea
-- $4 name: text
-- $5 role: text
-- $6 client_id: uuid, for the role client only
-- $7 lifetime_seconds: float8, null for ever
-- returns none
INSERT INTO api_keys (id, public_id, secret_hash, name, role, client_id, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + $7 * interval '1 second');

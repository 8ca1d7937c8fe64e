-- login_challenges/insert: remember a message that a wallet is asked to sign.
-- $1 message_hash: bytea
-- $2 chain: text
-- $3 address: text
-- $4 origin: text, of the page that asked; null when none did
-- $5 lifetime_seconds: float8
-- returns none
INSERT INTO login_challenges (message_hash, chain, address, origin, expires_at)
VALUES ($1, $2, $3, $4, clock_timestamp() + $5 * interval '1 second');

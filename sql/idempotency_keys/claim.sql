-- idempotency_keys/claim: take a key for this transaction; no row when it has been answered.
-- $1 actor: text
-- $2 key: text
-- $3 fingerprint: bytea
-- $4 wait: text, a time with its unit, for the transaction that holds the key now
-- returns 0..1: key text
INSERT INTO idempotency_keys (actor, key, fingerprint)
SELECT
    $1,
    $2,
    $3
FROM set_config('lock_timeout', $4, TRUE)
ON CONFLICT ON CONSTRAINT idempotency_keys_pkey DO NOTHING
RETURNING key;

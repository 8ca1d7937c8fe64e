-- idempotency_keys/find: what was answered to a key.
-- $1 actor: text
-- $2 key: text
-- returns 0..1 KeptAnswerRow: fingerprint bytea, status int4, answer bytea
SELECT
    fingerprint,
    status,
    answer
FROM idempotency_keys
WHERE actor = $1 AND key = $2;

-- idempotency_keys/keep: the answer to a key that this transaction has claimed.
-- $1 actor: text
-- $2 key: text
-- $3 status: int4, of HTTP
-- $4 answer: bytea, the body as it is sent
-- returns none
UPDATE idempotency_keys
SET
    status = $3,
    answer = $4
WHERE actor = $1 AND key = $2;

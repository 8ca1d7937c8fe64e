-- idempotency_keys/prune: forget answers that are old enough.
-- $1 age: interval
-- $2 limit: int8
-- returns 0..n: key text
DELETE FROM idempotency_keys
WHERE
    (actor, key) IN (
        SELECT
            actor,
            key
        FROM idempotency_keys
        WHERE created_at < now() - $1::interval
        ORDER BY created_at
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    )
RETURNING key;

-- idempotency_keys/prune: forget answers that are old enough, the oldest first.
-- $1 age: interval
-- $2 limit: int8
-- returns 0..n: key text
-- By their places, which cannot change while they are locked: they are not looked for again.
DELETE FROM idempotency_keys
WHERE
    ctid = any((
        SELECT array_agg(aged.ctid)
        FROM (
            SELECT ctid
            FROM idempotency_keys
            WHERE created_at < now() - $1::interval
            ORDER BY created_at
            LIMIT $2
            FOR UPDATE SKIP LOCKED
        ) AS aged
    )::tid[])
RETURNING key;

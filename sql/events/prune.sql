-- events/prune: forget events that are old enough, the oldest first.
-- $1 age: interval
-- $2 limit: int8
-- returns 0..n: id uuid
-- By their places, which cannot change while they are locked: they are not looked for again.
DELETE FROM events
WHERE
    ctid = any((
        SELECT array_agg(aged.ctid)
        FROM (
            SELECT ctid
            FROM events
            WHERE created_at < now() - $1::interval
            ORDER BY created_at, id
            LIMIT $2
            FOR UPDATE SKIP LOCKED
        ) AS aged
    )::tid[])
RETURNING id;

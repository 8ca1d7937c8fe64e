-- rate_limits/take: take one from a bucket; no row, and nothing written, when it is empty.
-- $1 name: text
-- $2 interval_seconds: float8, in which one flows back
-- $3 burst_seconds: float8, in which an empty bucket fills
-- returns 0..1: full_at timestamptz
INSERT INTO rate_limits AS r (name, full_at)
VALUES ($1, clock_timestamp() + $2 * interval '1 second')
ON CONFLICT ON CONSTRAINT rate_limits_pkey DO UPDATE
    SET full_at = greatest(r.full_at, clock_timestamp()) + $2 * interval '1 second'
    WHERE r.full_at + $2 * interval '1 second' <= clock_timestamp() + $3 * interval '1 second'
RETURNING full_at;

-- rate_limits/delete_full: forget buckets that have been full for a while.
-- returns none
DELETE FROM rate_limits
WHERE name IN (
    SELECT name FROM rate_limits
    WHERE full_at < clock_timestamp() - interval '10 minutes'
    ORDER BY name
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
);

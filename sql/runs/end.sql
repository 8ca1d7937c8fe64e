-- runs/end: close a run with its outcome, and keep its last figures.
-- $1 run_id: uuid
-- $2 outcome: text
-- $3 error: text, null keeps what is noted
-- returns none
UPDATE runs AS r
SET
    phase = 'ended',
    ended_at = clock_timestamp(),
    outcome = $2,
    error = coalesce($3, r.error),
    performance = b.performance,
    orders_cancelled = CASE
        WHEN r.first_active_at IS NOT NULL THEN coalesce(r.orders_cancelled, 'unknown')
    END,
    updated_at = now()
FROM bots AS b
WHERE r.id = $1 AND r.ended_at IS NULL AND b.id = r.bot_id;

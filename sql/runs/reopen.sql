-- runs/reopen: a run's instance runs after all.
-- $1 instance: text
-- returns none
UPDATE runs
SET
    phase = 'deployed',
    ended_at = NULL,
    outcome = NULL,
    effect_ended_at = clock_timestamp(),
    updated_at = now()
WHERE id = (
    SELECT id
    FROM runs
    WHERE instance = $1 AND ended_at IS NOT NULL
    ORDER BY generation DESC
    LIMIT 1
);

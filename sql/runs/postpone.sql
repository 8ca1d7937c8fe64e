-- runs/postpone: nothing more to do for a run until then, and why.
-- $1 run_id: uuid
-- $2 error: text
-- $3 pause: interval
-- returns none
UPDATE runs
SET
    error = $2,
    next_attempt_at = clock_timestamp() + $3,
    updated_at = now()
WHERE id = $1 AND ended_at IS NULL;

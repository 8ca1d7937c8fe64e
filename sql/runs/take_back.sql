-- runs/take_back: a deploy is known to have made nothing; it may be tried again.
-- $1 run_id: uuid
-- $2 attempt: int4
-- $3 error: text
-- $4 pause: interval, until the next try
-- returns 0..1: attempt int4
UPDATE runs
SET
    phase = 'requested',
    deploying_at = NULL,
    effect_ended_at = NULL,
    next_attempt_at = clock_timestamp() + $4,
    error = $3,
    updated_at = now()
WHERE id = $1 AND phase IN ('requested', 'deploying') AND attempt = $2
RETURNING attempt;

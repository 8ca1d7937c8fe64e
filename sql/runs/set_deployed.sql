-- runs/set_deployed: the deploy of this attempt has made this instance.
-- $1 run_id: uuid
-- $2 attempt: int4
-- $3 instance: text
-- returns 0..1: deployed_at timestamptz
UPDATE runs
SET
    phase = 'deployed',
    instance = $3,
    deployed_at = clock_timestamp(),
    effect_ended_at = clock_timestamp(),
    next_attempt_at = NULL,
    error = NULL,
    updated_at = now()
WHERE id = $1 AND phase = 'deploying' AND attempt = $2
RETURNING deployed_at;

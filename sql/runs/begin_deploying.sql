-- runs/begin_deploying: the last word before a deploy is sent; no row: it must not be.
-- $1 run_id: uuid
-- $2 lease_token: int8
-- $3 attempt: int4
-- $4 start_expiry: interval, from asking for a start to sending it
-- $5 credentials_revision: int4
-- returns 0..1: deploying_at timestamptz
UPDATE runs AS r
SET
    phase = 'deploying',
    deploying_at = clock_timestamp(),
    effect_ended_at = NULL,
    credentials_revision = $5,
    updated_at = now()
FROM bots AS b
WHERE
    r.id = $1
    AND r.phase = 'requested'
    AND r.lease_token = $2
    AND r.attempt = $3
    AND b.id = r.bot_id
    AND b.desired_state = 'running'
    AND b.generation = r.generation
    AND b.deleted_at IS NULL
    AND clock_timestamp() <= r.requested_at + $4
    AND NOT EXISTS (
        SELECT FROM instances AS i
        WHERE
            i.bot_id = r.bot_id
            AND i.gone_at IS NULL
            AND NOT i.is_dud
            AND i.condition IS DISTINCT FROM 'exited'
    )
RETURNING r.deploying_at;

-- runs/plan_attempt: the next try to deploy a run, before anything of it is sent.
-- $1 run_id: uuid
-- $2 lease_token: int8
-- $3 config_name: text, used for this attempt only
-- $4 revision: int4, of the definition that it is made from; no row when that has moved
-- returns 0..1: attempt int4
UPDATE runs AS r
SET
    attempt = r.attempt + 1,
    lease_token = $2,
    config_name = $3,
    revision = b.revision,
    config = b.config,
    updated_at = now()
FROM bots AS b
WHERE r.id = $1 AND r.phase = 'requested' AND b.id = r.bot_id AND b.revision = $4
RETURNING r.attempt;

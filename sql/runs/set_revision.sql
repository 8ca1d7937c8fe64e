-- runs/set_revision: the running instance has taken over a newer revision of the definition.
-- $1 run_id: uuid
-- $2 revision: int4
-- $3 config: jsonb
-- returns none
UPDATE runs
SET
    revision = $2,
    config = $3,
    updated_at = now()
WHERE id = $1 AND ended_at IS NULL;

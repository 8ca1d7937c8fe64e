-- runs/adopt: a run for an instance that is there already.
-- $1 run_id: uuid
-- $2 bot_id: uuid
-- $3 instance: text
-- $4 config_name: text
-- returns none
INSERT INTO runs (
    id,
    bot_id,
    generation,
    phase,
    revision,
    config,
    config_name,
    instance,
    requested_at,
    deployed_at,
    effect_ended_at
)
SELECT
    $1,
    id,
    generation,
    'deployed',
    revision,
    config,
    $4,
    $3,
    desired_at AS requested_at,
    desired_at AS deployed_at,
    desired_at AS effect_ended_at
FROM bots
WHERE id = $2;

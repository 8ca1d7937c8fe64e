-- runs/adopt: a run for an instance that is there already.
-- $1 run_id: uuid
-- $2 bot_id: uuid
-- $3 instance: text
-- $4 config_name: text
-- returns none
-- Revision 0: it was made from none of ours, so what it runs with is not known.
INSERT INTO runs (
    id,
    bot_id,
    generation,
    phase,
    revision,
    seen_revision,
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
    0 AS revision,
    revision AS seen_revision,
    config,
    $4,
    $3,
    desired_at AS requested_at,
    desired_at AS deployed_at,
    desired_at AS effect_ended_at
FROM bots
WHERE id = $2;

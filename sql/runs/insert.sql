-- runs/insert: a start that nobody has sent yet.
-- $1 run_id: uuid
-- $2 bot_id: uuid
-- returns none
INSERT INTO runs (id, bot_id, generation, phase, revision, config, requested_at)
SELECT
    $1,
    id,
    generation,
    'requested',
    revision,
    config,
    desired_at
FROM bots
WHERE id = $2;

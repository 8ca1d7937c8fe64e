-- bots/list_watched: the bots that run or may, and those of these instance names.
-- $1 instance_names: text[]
-- returns 0..n: bot_id uuid
SELECT bot_id
FROM runs
WHERE ended_at IS NULL
UNION
SELECT bot_id
FROM instances
WHERE gone_at IS NULL AND bot_id IS NOT NULL
UNION
SELECT id
FROM bots
WHERE instance_name = any($1);

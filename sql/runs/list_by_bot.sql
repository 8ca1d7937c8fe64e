-- runs/list_by_bot: a bot's runs, newest first.
-- $1 bot_id: uuid
-- $2 limit: int8
-- returns 0..n RunRow: id uuid, generation int4, phase text, attempt int4, revision int4,
--   instance text, requested_at timestamptz, deployed_at timestamptz,
--   first_active_at timestamptz, first_figures_at timestamptz, ended_at timestamptz,
--   outcome text, orders_cancelled text, error text, performance jsonb
SELECT
    id,
    generation,
    phase,
    attempt,
    revision,
    instance,
    requested_at,
    deployed_at,
    first_active_at,
    first_figures_at,
    ended_at,
    outcome,
    orders_cancelled,
    error,
    performance
FROM runs
WHERE bot_id = $1
ORDER BY generation DESC
LIMIT $2;

-- runs/set_stopping: a stop of a run's instance was sent, and ended now.
-- $1 instance: text
-- $2 orders_cancelled: text, what is known about its open orders; null: nothing new
-- returns none
UPDATE runs
SET
    phase = 'stopping',
    effect_ended_at = clock_timestamp(),
    orders_cancelled = coalesce($2, orders_cancelled),
    updated_at = now()
WHERE instance = $1 AND ended_at IS NULL AND phase IN ('deployed', 'stopping');

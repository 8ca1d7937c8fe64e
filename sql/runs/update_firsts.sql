-- runs/update_firsts: when a run's instance first said something, and first reported figures.
-- $1 run_id: uuid
-- $2 first_active_at: timestamptz
-- $3 first_figures_at: timestamptz
-- returns none
UPDATE runs
SET
    first_active_at = $2,
    first_figures_at = $3,
    updated_at = now()
WHERE id = $1;

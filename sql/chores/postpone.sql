-- chores/postpone: try a chore again later.
-- $1 kind: text
-- $2 subject_id: uuid
-- $3 pause: interval
-- returns none
UPDATE chores
SET
    due_at = clock_timestamp() + $3,
    attempts = attempts + 1
WHERE kind = $1 AND subject_id = $2;

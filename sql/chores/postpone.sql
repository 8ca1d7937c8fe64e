-- chores/postpone: try a chore again later, unless it was asked for again since it was found.
-- $1 kind: text
-- $2 subject_id: uuid
-- $3 due_at: timestamptz, as it was found
-- $4 pause: interval
-- returns none
UPDATE chores
SET
    due_at = clock_timestamp() + $4,
    attempts = attempts + 1
WHERE kind = $1 AND subject_id = $2 AND due_at = $3;

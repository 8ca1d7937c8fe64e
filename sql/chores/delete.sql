-- chores/delete: a chore is done, unless it was asked for again since it was found.
-- $1 kind: text
-- $2 subject_id: uuid
-- $3 due_at: timestamptz, as it was found
-- returns none
DELETE FROM chores
WHERE kind = $1 AND subject_id = $2 AND due_at = $3;

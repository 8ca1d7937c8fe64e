-- chores/delete: a chore is done.
-- $1 kind: text
-- $2 subject_id: uuid
-- returns none
DELETE FROM chores
WHERE kind = $1 AND subject_id = $2;

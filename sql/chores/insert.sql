-- chores/insert: something that the leader owes the upstream; again at once when it is there.
-- $1 kind: text
-- $2 subject_id: uuid
-- returns none
INSERT INTO chores (kind, subject_id)
VALUES ($1, $2)
ON CONFLICT ON CONSTRAINT chores_pkey DO UPDATE
    SET
        due_at = now(),
        attempts = 0;

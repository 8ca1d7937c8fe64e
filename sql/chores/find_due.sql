-- chores/find_due: what is due first.
-- returns 0..1 ChoreRow: kind text, subject_id uuid, attempts int4, due_at timestamptz
SELECT
    kind,
    subject_id,
    attempts,
    due_at
FROM chores
WHERE due_at <= clock_timestamp()
ORDER BY due_at, kind, subject_id
LIMIT 1;

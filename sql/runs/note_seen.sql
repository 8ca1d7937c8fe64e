-- runs/note_seen: this revision of the definition has to wait for the next start.
-- $1 run_id: uuid
-- $2 revision: int4
-- returns none
UPDATE runs
SET
    seen_revision = $2,
    updated_at = now()
WHERE id = $1 AND ended_at IS NULL;

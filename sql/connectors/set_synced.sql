-- connectors/set_synced: the upstream has this revision, or refuses it for that reason.
-- $1 connector_id: uuid
-- $2 revision: int4, no row when it is no longer the stored one
-- $3 sync_error: text, null when it has it
-- returns 0..1: id uuid
UPDATE connectors
SET
    synced_revision = CASE WHEN $3::text IS NULL THEN $2 ELSE synced_revision END,
    sync_error = $3,
    updated_at = now()
WHERE id = $1 AND revision = $2
RETURNING id;

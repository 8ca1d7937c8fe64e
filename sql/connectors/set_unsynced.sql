-- connectors/set_unsynced: the upstream has lost the credentials of these connectors.
-- $1 client_id: uuid
-- $2 names: text[], in lower case
-- returns 0..n: id uuid
UPDATE connectors
SET
    synced_revision = NULL,
    updated_at = now()
WHERE client_id = $1 AND name = any($2) AND deleted_at IS NULL AND sync_error IS NULL
RETURNING id;

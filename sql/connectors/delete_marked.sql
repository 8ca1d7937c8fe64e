-- connectors/delete_marked: remove a connector that is going; no row when it was stored anew.
-- $1 connector_id: uuid
-- returns 0..1: id uuid
DELETE FROM connectors
WHERE id = $1 AND deleted_at IS NOT NULL
RETURNING id;

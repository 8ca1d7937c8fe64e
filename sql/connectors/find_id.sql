-- connectors/find_id: one of a client's connectors, unless it is being deleted.
-- $1 client_id: uuid
-- $2 name: text, in lower case
-- returns 0..1: id uuid
SELECT id
FROM connectors
WHERE client_id = $1 AND name = $2 AND deleted_at IS NULL;

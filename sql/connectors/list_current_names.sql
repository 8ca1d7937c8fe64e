-- connectors/list_current_names: the connectors of a client, unless they are being deleted.
-- $1 client_id: uuid
-- returns 0..n: name text
SELECT name
FROM connectors
WHERE client_id = $1 AND deleted_at IS NULL
ORDER BY name;

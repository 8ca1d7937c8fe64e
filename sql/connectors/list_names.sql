-- connectors/list_names: the connectors of a client, with those that are being deleted.
-- $1 client_id: uuid
-- returns 0..n: name text
SELECT name
FROM connectors
WHERE client_id = $1
ORDER BY name;

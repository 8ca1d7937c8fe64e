-- connectors/find_stored_id: the row of a connector, also of one that is being deleted.
-- $1 client_id: uuid
-- $2 name: text, in lower case
-- returns 0..1: id uuid
-- The seal of its credentials is bound to that id.
SELECT id
FROM connectors
WHERE client_id = $1 AND name = $2;

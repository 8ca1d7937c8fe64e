-- connectors/find_id: the row of one of a client's connectors; its seal is bound to that id.
-- $1 client_id: uuid
-- $2 name: text, in lower case
-- returns 0..1: id uuid
SELECT id
FROM connectors
WHERE client_id = $1 AND name = $2;

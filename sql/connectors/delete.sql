-- connectors/delete: remove a connector.
-- $1 connector_id: uuid
-- returns none
DELETE FROM connectors
WHERE id = $1;

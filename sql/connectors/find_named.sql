-- connectors/find_named: the name of one of a client's connectors, and whether it is going.
-- $1 client_id: uuid
-- $2 connector_id: uuid
-- returns 0..1 NamedConnectorRow: id uuid, name text, deleted_at timestamptz
SELECT
    id,
    name,
    deleted_at
FROM connectors
WHERE client_id = $1 AND id = $2;

-- connectors/upsert: store a connector, or replace its credentials and raise its revision.
-- $1 connector_id: uuid, the existing row's id where there is one
-- $2 client_id: uuid
-- $3 name: text, in lower case
-- $4 exchange: text, the name as it was sent
-- $5 sealed_credentials: bytea
-- $6 preview: text
-- $7 sync_error: text, null unless the credentials cannot be sent
-- returns 1: revision int4
INSERT INTO connectors (
    id, client_id, name, exchange, sealed_credentials, preview, sync_error
)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT ON CONSTRAINT connectors_client_id_name_key DO UPDATE
    SET
        exchange = excluded.exchange,
        sealed_credentials = excluded.sealed_credentials,
        preview = excluded.preview,
        sync_error = excluded.sync_error,
        revision = connectors.revision + 1,
        deleted_at = NULL,
        updated_at = now()
RETURNING revision;

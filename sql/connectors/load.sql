-- connectors/load: a connector with its sealed credentials and the account they are for.
-- $1 connector_id: uuid
-- returns 0..1 CredentialsRow: id uuid, client_id uuid, account_identifier text, name text,
--   sealed_credentials bytea, revision int4, synced_revision int4, sync_error text,
--   deleted_at timestamptz
-- None of a deleted client: nothing is sent for it any more.
SELECT
    k.id,
    k.client_id,
    c.account_identifier,
    k.name,
    k.sealed_credentials,
    k.revision,
    k.synced_revision,
    k.sync_error,
    k.deleted_at
FROM connectors AS k
INNER JOIN clients AS c ON k.client_id = c.id
WHERE k.id = $1 AND c.deleted_at IS NULL;

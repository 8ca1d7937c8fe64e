-- clients/find_by_wallet: the client that owns a wallet, with all its wallets and connectors.
-- $1 address_key: text, the address in lower case
-- $2 client_id: uuid, the only one that is looked at; null for any
-- returns 0..1 ClientRow: id uuid, name text, email text, account_identifier text,
--   primary_wallet_id uuid, self_service bool, created_at timestamptz, updated_at timestamptz,
--   deleted_at timestamptz, wallets text, connectors text
-- wallets and connectors are JSON lists, oldest first.
SELECT
    c.id,
    c.name,
    c.email,
    c.account_identifier,
    c.primary_wallet_id,
    c.self_service,
    c.created_at,
    c.updated_at,
    c.deleted_at,
    coalesce(
        (
            SELECT
                json_agg(
                    json_build_object(
                        'id', w.id,
                        'chain', w.chain,
                        'address', w.address,
                        'created_at', w.created_at
                    ) ORDER BY w.created_at, w.id
                )
            FROM wallets AS w
            WHERE w.client_id = c.id
        ), '[]'
    )::text AS wallets,
    coalesce(
        (
            SELECT
                json_agg(
                    json_build_object(
                        'id', k.id,
                        'name', k.name,
                        'exchange', k.exchange,
                        'preview', k.preview,
                        'revision', k.revision,
                        'synced_revision', k.synced_revision,
                        'sync_error', k.sync_error,
                        'created_at', k.created_at
                    ) ORDER BY k.created_at, k.id
                )
            FROM connectors AS k
            WHERE k.client_id = c.id AND k.deleted_at IS NULL
        ), '[]'
    )::text AS connectors
FROM wallets AS found
INNER JOIN clients AS c ON found.client_id = c.id
WHERE found.address_key = $1 AND ($2::uuid IS NULL OR c.id = $2);

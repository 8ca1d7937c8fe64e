-- principals/find_new: whose these keys and sessions are, of those that hold.
-- $1 public_ids: text[], of keys; their secrets are still to be compared
-- $2 token_hashes: bytea[], of sessions
-- returns 0..n NewcomerRow: id uuid, handle text, role text, client_id uuid,
--   account_identifier text, kind text, display_name text, self_service bool, digest bytea,
--   is_use_noted bool
SELECT
    k.id,
    k.public_id AS handle,
    k.role,
    k.client_id,
    c.account_identifier,
    'api_key' AS kind,
    coalesce(c.name, k.name) AS display_name,
    coalesce(c.self_service, FALSE) AS self_service,
    k.secret_hash AS digest,
    coalesce(k.last_used_at > clock_timestamp() - interval '1 minute', FALSE) AS is_use_noted
FROM api_keys AS k
LEFT JOIN clients AS c ON k.client_id = c.id
WHERE
    k.public_id = any($1::text[])
    AND k.revoked_at IS NULL
    AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
    AND c.deleted_at IS NULL
UNION ALL
SELECT
    s.id,
    s.address AS handle,
    s.role,
    s.client_id,
    c.account_identifier,
    'session' AS kind,
    coalesce(c.name, s.address) AS display_name,
    coalesce(c.self_service, FALSE) AS self_service,
    s.token_hash AS digest,
    TRUE AS is_use_noted
FROM sessions AS s
LEFT JOIN clients AS c ON s.client_id = c.id
WHERE
    s.token_hash = any($2::bytea[])
    AND s.expires_at > clock_timestamp()
    AND c.deleted_at IS NULL
    AND (
        s.client_id IS NULL
        OR EXISTS (
            SELECT 1 FROM wallets AS w
            WHERE w.address_key = lower(s.address) AND w.client_id = s.client_id
        )
    );

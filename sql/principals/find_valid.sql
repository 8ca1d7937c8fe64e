-- principals/find_valid: of these keys and sessions those that still hold, as they are now.
-- $1 key_ids: uuid[]
-- $2 session_ids: uuid[]
-- returns 0..n PrincipalRow: id uuid, handle text, role text, client_id uuid,
--   account_identifier text, kind text, display_name text, self_service bool
SELECT
    k.id,
    k.public_id AS handle,
    k.role,
    k.client_id,
    c.account_identifier,
    'api_key' AS kind,
    coalesce(c.name, k.name) AS display_name,
    coalesce(c.self_service, FALSE) AS self_service
FROM api_keys AS k
LEFT JOIN clients AS c ON k.client_id = c.id
WHERE
    k.id = any($1::uuid[])
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
    coalesce(c.self_service, FALSE) AS self_service
FROM sessions AS s
LEFT JOIN clients AS c ON s.client_id = c.id
WHERE
    s.id = any($2::uuid[])
    AND s.expires_at > clock_timestamp()
    AND c.deleted_at IS NULL
    AND (
        s.client_id IS NULL
        OR EXISTS (
            SELECT 1 FROM wallets AS w
            WHERE w.address_key = lower(s.address) AND w.client_id = s.client_id
        )
    );

-- api_keys/list: every key, oldest first.
-- $1 limit: int8
-- returns 0..n ListedKeyRow: public_id text, name text, role text, account_identifier text,
--   created_at timestamptz, expires_at timestamptz, last_used_at timestamptz, condition text
SELECT
    k.public_id,
    k.name,
    k.role,
    c.account_identifier,
    k.created_at,
    k.expires_at,
    k.last_used_at,
    CASE
        WHEN k.revoked_at IS NOT NULL THEN 'revoked'
        WHEN k.expires_at <= clock_timestamp() THEN 'expired'
        ELSE 'valid'
    END AS condition
FROM api_keys AS k
LEFT JOIN clients AS c ON k.client_id = c.id
ORDER BY k.created_at, k.id
LIMIT $1;

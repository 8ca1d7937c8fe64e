-- sessions/find: the session of this token, if it goes on and its wallet is still the client's.
-- $1 token_hash: bytea
-- returns 0..1 SessionRow: id uuid, address text, role text, client_id uuid,
--   account_identifier text, display_name text, self_service bool
SELECT
    s.id,
    s.address,
    s.role,
    s.client_id,
    c.account_identifier,
    coalesce(c.name, s.address) AS display_name,
    coalesce(c.self_service, FALSE) AS self_service
FROM sessions AS s
LEFT JOIN clients AS c ON s.client_id = c.id
WHERE
    s.token_hash = $1
    AND s.expires_at > clock_timestamp()
    AND c.deleted_at IS NULL
    AND (
        s.client_id IS NULL
        OR EXISTS (
            SELECT 1 FROM wallets AS w
            WHERE w.address_key = lower(s.address) AND w.client_id = s.client_id
        )
    );

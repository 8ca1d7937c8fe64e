-- api_keys/find: the key of this public id, if it still holds.
-- $1 public_id: text
-- returns 0..1 KeyRow: id uuid, public_id text, secret_hash bytea, role text, client_id uuid,
--   account_identifier text, display_name text, self_service bool, is_use_noted bool
SELECT
    k.id,
    k.public_id,
    k.secret_hash,
    k.role,
    k.client_id,
    c.account_identifier,
    coalesce(c.name, k.name) AS display_name,
    coalesce(c.self_service, FALSE) AS self_service,
    coalesce(k.last_used_at > clock_timestamp() - interval '1 minute', FALSE) AS is_use_noted
FROM api_keys AS k
LEFT JOIN clients AS c ON k.client_id = c.id
WHERE
    k.public_id = $1
    AND k.revoked_at IS NULL
    AND (k.expires_at IS NULL OR k.expires_at > clock_timestamp())
    AND c.deleted_at IS NULL;

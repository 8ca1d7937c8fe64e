-- api_keys/revoke: end a key for good; no row when there is none, or it had ended before.
-- $1 public_id: text
-- returns 0..1 RevokedKeyRow: name text, role text, account_identifier text
UPDATE api_keys AS k
SET
    revoked_at = clock_timestamp(),
    updated_at = clock_timestamp()
WHERE public_id = $1 AND revoked_at IS NULL
RETURNING
    name,
    role,
    (
        SELECT c.account_identifier
        FROM clients AS c
        WHERE c.id = k.client_id
    ) AS account_identifier;

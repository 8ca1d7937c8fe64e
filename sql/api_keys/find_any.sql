-- api_keys/find_any: some key that still holds; no row when nobody has one.
-- returns 0..1: public_id text
SELECT public_id
FROM api_keys
WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())
ORDER BY public_id
LIMIT 1;

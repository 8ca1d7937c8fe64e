-- wallets/find_logins: the clients that these wallets log in, with the wallets as they are stored.
-- $1 address_keys: text[], addresses in lower case
-- returns 0..n LoginRow: chain text, address text, client_id uuid,
--   account_identifier text, name text, self_service bool
SELECT
    w.chain,
    w.address,
    c.id AS client_id,
    c.account_identifier,
    c.name,
    c.self_service
FROM wallets AS w
INNER JOIN clients AS c ON w.client_id = c.id
WHERE w.address_key = any($1::text[]) AND c.deleted_at IS NULL;

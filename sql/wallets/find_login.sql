-- wallets/find_login: the client that a wallet logs in, with the wallet as it is stored.
-- $1 address_key: text, the address in lower case
-- returns 0..1 LoginRow: chain text, address text, client_id uuid,
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
WHERE w.address_key = $1 AND c.deleted_at IS NULL;

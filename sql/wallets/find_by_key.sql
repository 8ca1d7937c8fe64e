-- wallets/find_by_key: whose wallet this is.
-- $1 address_key: text, the address in lower case
-- returns 0..1 WalletOwnerRow: id uuid, client_id uuid
SELECT
    id,
    client_id
FROM wallets
WHERE address_key = $1;

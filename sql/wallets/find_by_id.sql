-- wallets/find_by_id: one of a client's wallets.
-- $1 client_id: uuid
-- $2 wallet_id: uuid
-- returns 0..1 WalletRow: id uuid, chain text, address text
SELECT
    id,
    chain,
    address
FROM wallets
WHERE client_id = $1 AND id = $2;

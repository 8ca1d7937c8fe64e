-- wallets/delete: free one of a client's wallets; no row when it has none of this id.
-- $1 client_id: uuid
-- $2 wallet_id: uuid
-- returns 0..1 WalletRow: id uuid, chain text, address text
-- When it was the primary one, the oldest that is left stands in for it.
DELETE FROM wallets
WHERE client_id = $1 AND id = $2
RETURNING id, chain, address;

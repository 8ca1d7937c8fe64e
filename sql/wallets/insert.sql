-- wallets/insert: give a client a wallet; no row when somebody has it already.
-- $1 wallet_id: uuid
-- $2 client_id: uuid
-- $3 chain: text
-- $4 address: text
-- $5 address_key: text, the address in lower case
-- $6 position: int4, its place among those given at once
-- returns 0..1: id uuid
INSERT INTO wallets (id, client_id, chain, address, address_key, created_at)
VALUES ($1, $2, $3, $4, $5, now() + $6::int4 * interval '1 microsecond')
ON CONFLICT ON CONSTRAINT wallets_address_key_key DO NOTHING
RETURNING id;

-- wallets/update: give a wallet another address; it keeps its place and may stay the primary one.
-- $1 wallet_id: uuid
-- $2 chain: text
-- $3 address: text
-- $4 address_key: text, the address in lower case
-- returns none
UPDATE wallets
SET
    chain = $2,
    address = $3,
    address_key = $4,
    updated_at = now()
WHERE id = $1;

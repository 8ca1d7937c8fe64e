-- clients/update: replace what may change of a client.
-- $1 client_id: uuid
-- $2 name: text
-- $3 email: text, may be null
-- $4 primary_wallet_id: uuid, may be null
-- $5 self_service: bool
-- returns none
UPDATE clients
SET
    name = $2,
    email = $3,
    primary_wallet_id = $4,
    self_service = $5,
    updated_at = now()
WHERE id = $1;

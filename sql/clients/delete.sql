-- clients/delete: remove a client with its wallets, connectors and bots.
-- $1 client_id: uuid
-- returns none
DELETE FROM clients
WHERE id = $1;

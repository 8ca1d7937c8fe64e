-- clients/delete: remove a client with its wallets, connectors and bots.
-- $1 client_id: uuid
-- returns 0..1 DeletedClientRow: account_identifier text, name text
DELETE FROM clients
WHERE id = $1
RETURNING account_identifier, name;

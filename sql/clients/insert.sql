-- clients/insert: a new client; no row when its account identifier is taken.
-- $1 client_id: uuid
-- $2 name: text
-- $3 email: text, may be null
-- $4 account_identifier: text
-- returns 0..1: id uuid
INSERT INTO clients (id, name, email, account_identifier)
VALUES ($1, $2, $3, $4)
ON CONFLICT ON CONSTRAINT clients_account_identifier_key DO NOTHING
RETURNING id;

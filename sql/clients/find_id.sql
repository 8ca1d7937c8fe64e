-- clients/find_id: the client of an account, unless it is being deleted.
-- $1 account: text
-- returns 0..1: id uuid
SELECT id
FROM clients
WHERE account_identifier = $1 AND deleted_at IS NULL;

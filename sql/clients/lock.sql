-- clients/lock: what a change of a client starts from; holds the row until the transaction ends.
-- $1 client_id: uuid
-- returns 0..1 LockedClientRow: id uuid, name text, email text, account_identifier text,
--   primary_wallet_id uuid, self_service bool,
--   deleted_at timestamptz
-- Without KEY, so that what refers to this client need not wait; only bots/insert does.
SELECT
    id,
    name,
    email,
    account_identifier,
    primary_wallet_id,
    self_service,
    deleted_at
FROM clients
WHERE id = $1
FOR NO KEY UPDATE;

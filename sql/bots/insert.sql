-- bots/insert: a new, stopped bot of an account; no row when no client has that account.
-- $1 bot_id: uuid
-- $2 account: text
-- $3 instance_name: text
-- $4 name: text
-- $5 connector: text
-- $6 pair: text
-- $7 strategy: text
-- $8 config: jsonb
-- returns 0..1: id uuid
-- Waits for a deletion of the client that has begun, so that no bot outlives the look at its bots.
INSERT INTO bots (
    id, client_id, account, instance_name, name, connector, pair, strategy, config
)
SELECT
    $1,
    id,
    account_identifier,
    $3,
    $4,
    $5,
    $6,
    $7,
    $8
FROM clients
WHERE account_identifier = $2 AND deleted_at IS NULL
FOR SHARE
RETURNING id;

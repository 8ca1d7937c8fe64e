-- bots/insert: a new, stopped bot of an account; no row when no client has that account.
-- $1 bot_id: uuid
-- $2 account: text
-- $3 instance_name: text
-- $4 name: text
-- $5 connector: text
-- $6 pair: text
-- $7 strategy: text
-- $8 config: jsonb
-- returns 0..1 BotRow: id uuid, client_id uuid, account text, instance_name text, name text,
--   connector text, pair text, strategy text, config jsonb, revision int4, desired_state text,
--   state text, reason text, since timestamptz, error text, created_at timestamptz,
--   updated_at timestamptz
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
WHERE account_identifier = $2
RETURNING
    id,
    client_id,
    account,
    instance_name,
    name,
    connector,
    pair,
    strategy,
    config,
    revision,
    desired_state,
    state,
    reason,
    since,
    error,
    created_at,
    updated_at;

-- bots/list_by_account: a page of one account's bots, oldest first.
-- $1 account: text
-- $2 states: text[], null for all
-- $3 after_created_at: timestamptz, the place where the page before ended
-- $4 after_id: uuid
-- $5 limit: int8
-- returns 0..n BotRow: id uuid, client_id uuid, account text, instance_name text, name text,
--   connector text, pair text, strategy text, config jsonb, revision int4, desired_state text,
--   state text, reason text, since timestamptz, error text, created_at timestamptz,
--   updated_at timestamptz
SELECT
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
    updated_at
FROM bots
WHERE
    account = $1
    AND ($2::text[] IS NULL OR state = any($2))
    AND (created_at, id) > ($3, $4)
ORDER BY created_at, id
LIMIT $5;

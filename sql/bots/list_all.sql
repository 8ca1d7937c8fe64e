-- bots/list_all: a page of every account's bots, oldest first.
-- $1 states: text[], null for all
-- $2 after_created_at: timestamptz, the place where the page before ended
-- $3 after_id: uuid
-- $4 limit: int8
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
    ($1::text[] IS NULL OR state = any($1))
    AND (created_at, id) > ($2, $3)
ORDER BY created_at, id
LIMIT $4;

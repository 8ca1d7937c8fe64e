-- bots/find_by_id: one bot.
-- $1 bot_id: uuid
-- returns 0..1 BotRow: id uuid, client_id uuid, account text, instance_name text, name text,
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
WHERE id = $1;

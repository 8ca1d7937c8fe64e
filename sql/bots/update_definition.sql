-- bots/update_definition: a new revision of a bot; no row when it is gone or was changed since.
-- $1 bot_id: uuid
-- $2 name: text
-- $3 config: jsonb
-- $4 revision: int4, the one that this change was made from
-- returns 0..1 BotRow: id uuid, client_id uuid, account text, instance_name text, name text,
--   connector text, pair text, strategy text, config jsonb, revision int4, desired_state text,
--   state text, reason text, since timestamptz, error text, created_at timestamptz,
--   updated_at timestamptz
UPDATE bots
SET
    name = $2,
    config = $3,
    revision = revision + 1,
    updated_at = now()
WHERE id = $1 AND revision = $4
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

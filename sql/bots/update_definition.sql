-- bots/update_definition: a new revision of a bot; no row when it is gone or was changed since.
-- $1 bot_id: uuid
-- $2 name: text
-- $3 config: jsonb
-- $4 revision: int4, the one that this change was made from
-- returns 0..1: id uuid
UPDATE bots
SET
    name = $2,
    config = $3,
    revision = revision + 1,
    updated_at = now()
WHERE id = $1 AND revision = $4 AND deleted_at IS NULL
RETURNING id;

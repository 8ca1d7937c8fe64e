-- bots/mark_deleted: take a bot off the lists while its instance is being stopped.
-- $1 bot_id: uuid
-- returns none
UPDATE bots
SET
    deleted_at = coalesce(deleted_at, clock_timestamp()),
    updated_at = now()
WHERE id = $1;

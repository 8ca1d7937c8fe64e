-- bots/delete: remove a bot with its runs.
-- $1 bot_id: uuid
-- returns none
DELETE FROM bots
WHERE id = $1;

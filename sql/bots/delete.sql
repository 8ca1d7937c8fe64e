-- bots/delete: remove a bot.
-- $1 bot_id: uuid
-- returns 0..1 DeletedBotRow: account text, name text
DELETE FROM bots
WHERE id = $1
RETURNING account, name;

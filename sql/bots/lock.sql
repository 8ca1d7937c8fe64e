-- bots/lock: hold a bot until the transaction ends; whoever changes its runs or instances does.
-- $1 bot_id: uuid
-- $2 account: text, the only one that is looked in; null for any
-- returns 0..1: id uuid
SELECT id
FROM bots
WHERE id = $1 AND ($2::text IS NULL OR account = $2)
FOR NO KEY UPDATE;

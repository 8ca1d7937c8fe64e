-- bots/lock: hold a bot until the transaction ends; whoever changes its runs or instances does.
-- $1 bot_id: uuid
-- returns 0..1: id uuid
SELECT id
FROM bots
WHERE id = $1
FOR NO KEY UPDATE;

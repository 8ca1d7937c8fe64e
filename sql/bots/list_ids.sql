-- bots/list_ids: the bots of an account, or all, in the order in which they are locked.
-- $1 account: text, null for all
-- returns 0..n: id uuid
SELECT id
FROM bots
WHERE $1::text IS NULL OR account = $1
ORDER BY id;

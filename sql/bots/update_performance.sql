-- bots/update_performance: the newest figures of several bots, at once.
-- $1 bot_ids: uuid[]
-- $2 performances: text[], JSON, in the order of the bots
-- returns 0..n: account text
UPDATE bots AS b
SET performance = given.figures::jsonb
FROM unnest($1::uuid[], $2::text[]) AS given (bot_id, figures)
WHERE
    b.id = given.bot_id
    AND b.instance IS NOT NULL
    AND b.performance IS DISTINCT FROM given.figures::jsonb
RETURNING b.account;

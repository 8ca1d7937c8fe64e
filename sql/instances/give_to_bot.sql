-- instances/give_to_bot: an orphan belongs to a bot and its run from now on.
-- $1 name: text
-- $2 bot_id: uuid
-- $3 run_id: uuid
-- returns none
UPDATE instances
SET
    bot_id = $2,
    run_id = $3,
    stop_asked_at = NULL,
    stop_sent_at = NULL,
    told_at = NULL,
    updated_at = now()
WHERE name = $1;

-- bots/update_desired: what somebody asks of a bot; each call is a new generation.
-- $1 bot_id: uuid
-- $2 desired_state: text
-- returns none
UPDATE bots
SET
    desired_state = $2,
    desired_at = clock_timestamp(),
    generation = generation + 1,
    updated_at = now()
WHERE id = $1;

-- instances/ask_stop: have every instance of a bot stopped that is not gone.
-- $1 bot_id: uuid
-- $2 is_forced: bool, without waiting for what it says
-- returns 0..n: name text
UPDATE instances
SET
    stop_asked_at = coalesce(stop_asked_at, clock_timestamp()),
    force_asked_at = CASE
        WHEN $2 THEN coalesce(force_asked_at, clock_timestamp()) ELSE force_asked_at
    END,
    retry_at = CASE WHEN $2 THEN NULL ELSE retry_at END,
    updated_at = now()
WHERE bot_id = $1 AND gone_at IS NULL
RETURNING name;

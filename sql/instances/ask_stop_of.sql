-- instances/ask_stop_of: have one orphan stopped; no row when there is none of this name.
-- $1 name: text
-- $2 is_forced: bool
-- returns 0..1: account text
UPDATE instances
SET
    stop_asked_at = coalesce(stop_asked_at, clock_timestamp()),
    force_asked_at = CASE
        WHEN $2 THEN coalesce(force_asked_at, clock_timestamp()) ELSE force_asked_at
    END,
    retry_at = CASE WHEN $2 THEN NULL ELSE retry_at END,
    updated_at = now()
WHERE name = $1 AND bot_id IS NULL AND gone_at IS NULL
RETURNING account;

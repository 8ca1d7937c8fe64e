-- instances/ask_stop_again: an instance that was thought gone runs after all; begin its stop anew.
-- $1 name: text
-- returns none
UPDATE instances
SET
    stop_sent_at = NULL,
    told_at = NULL,
    archive_sent_at = NULL,
    stop_attempts = 0,
    retry_at = NULL,
    updated_at = now()
WHERE name = $1;

-- instances/note_stop: one step of a stop, written before it is sent.
-- $1 name: text
-- $2 is_told: bool, the bot itself is asked to stop
-- $3 is_archive: bool
-- $4 pause: interval, until the next step may be sent; longer with each one, up to ten times
-- returns none
UPDATE instances
SET
    stop_sent_at = coalesce(stop_sent_at, clock_timestamp()),
    told_at = CASE WHEN $2 THEN clock_timestamp() ELSE told_at END,
    archive_sent_at = CASE WHEN $3 THEN clock_timestamp() ELSE archive_sent_at END,
    stop_attempts = stop_attempts + 1,
    retry_at = clock_timestamp() + $4::interval * least(stop_attempts + 1, 10),
    updated_at = now()
WHERE name = $1;

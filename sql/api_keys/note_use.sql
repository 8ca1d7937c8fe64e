-- api_keys/note_use: say that a key was used just now; at most once a minute.
-- $1 key_id: uuid
-- returns none
UPDATE api_keys
SET last_used_at = clock_timestamp()
WHERE
    id = $1
    AND (last_used_at IS NULL OR last_used_at <= clock_timestamp() - interval '1 minute');

-- login_challenges/delete_expired: clear away messages that nobody signed.
-- returns none
DELETE FROM login_challenges
WHERE message_hash IN (
    SELECT message_hash FROM login_challenges
    WHERE expires_at < clock_timestamp()
    ORDER BY message_hash
    LIMIT 1000
    FOR UPDATE SKIP LOCKED
);

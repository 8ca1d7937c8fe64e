-- login_challenges/find: what a message was made for, while it may be used.
-- $1 message_hash: bytea
-- returns 0..1 ChallengeRow: chain text, address text, origin text
SELECT
    chain,
    address,
    origin
FROM login_challenges
WHERE message_hash = $1 AND expires_at > clock_timestamp();

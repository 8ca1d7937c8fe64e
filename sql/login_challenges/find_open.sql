-- login_challenges/find_open: what these messages were made for, of those that may still be used.
-- $1 message_hashes: bytea[]
-- returns 0..n ChallengeRow: message_hash bytea, chain text, address text, origin text
SELECT
    message_hash,
    chain,
    address,
    origin
FROM login_challenges
WHERE message_hash = any($1::bytea[]) AND expires_at > clock_timestamp();

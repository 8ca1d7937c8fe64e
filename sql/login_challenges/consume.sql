-- login_challenges/consume: use a message up; of many at once one gets the row.
-- $1 message_hash: bytea
-- returns 0..1: address text
DELETE FROM login_challenges
WHERE message_hash = $1 AND expires_at > clock_timestamp()
RETURNING address;

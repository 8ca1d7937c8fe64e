-- sessions/delete: end a session; no row when it had ended before.
-- $1 session_id: uuid
-- returns 0..1: address text
DELETE FROM sessions
WHERE id = $1
RETURNING address;

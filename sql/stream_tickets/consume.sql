-- stream_tickets/consume: use a ticket up; of many at once one gets the row.
-- $1 ticket_hash: bytea
-- returns 0..1 TicketRow: api_key_id uuid, session_id uuid
DELETE FROM stream_tickets
WHERE ticket_hash = $1 AND expires_at > clock_timestamp()
RETURNING api_key_id, session_id;

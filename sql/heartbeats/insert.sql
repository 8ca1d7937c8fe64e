-- heartbeats/insert: the heartbeat of a lease that nobody has held; nothing when it is there.
-- $1 name: text
-- returns none
INSERT INTO heartbeats (name, token, beat_at)
VALUES ($1, 0, 'epoch')
ON CONFLICT ON CONSTRAINT heartbeats_pkey DO NOTHING;

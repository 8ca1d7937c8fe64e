-- heartbeats/release: let the next leader come at once.
-- $1 name: text
-- $2 token: int8
-- returns none
-- Long ago, but no infinity: the driver reads that as a time without a zone, which no code expects.
UPDATE heartbeats
SET beat_at = 'epoch'
WHERE name = $1 AND token = $2;

-- bots/update_state: what the merge says of a bot, and what shows of its open run.
-- $1 bot_id: uuid
-- $2 state: text
-- $3 reason: text
-- $4 since: timestamptz
-- $5 known_state: text
-- $6 is_stale: bool
-- $7 error: text
-- $8 merge_at: timestamptz, when the same facts will say something else
-- $9 instance: text, of the open run
-- $10 running_revision: int4
-- returns none
UPDATE bots
SET
    state = $2,
    reason = $3,
    since = $4,
    known_state = $5,
    is_stale = $6,
    error = $7,
    merge_at = $8,
    instance = $9,
    running_revision = $10,
    performance = CASE WHEN instance IS NOT DISTINCT FROM $9 THEN performance END
WHERE id = $1;

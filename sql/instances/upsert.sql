-- instances/upsert: what was seen of an instance; what it is owed stays.
-- $1 name: text
-- $2 instance_name: text
-- $3 bot_id: uuid
-- $4 first_seen_at: timestamptz
-- $5 condition: text
-- $6 condition_since: timestamptz
-- $7 is_active: bool
-- $8 gone_at: timestamptz
-- $9 run_id: uuid, null keeps the one that is noted
-- returns none
INSERT INTO instances (
    name,
    instance_name,
    bot_id,
    first_seen_at,
    condition,
    condition_since,
    is_active,
    gone_at,
    run_id
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT ON CONSTRAINT instances_pkey DO UPDATE
    SET
        condition = excluded.condition,
        condition_since = excluded.condition_since,
        is_active = excluded.is_active,
        gone_at = excluded.gone_at,
        bot_id = coalesce(excluded.bot_id, instances.bot_id),
        run_id = coalesce(excluded.run_id, instances.run_id),
        updated_at = now();

-- instances/list_orphans: what belongs to no bot and runs, or did within a day; oldest first.
-- $1 limit: int8
-- returns 0..n OrphanRow: name text, instance_name text, account text, connector text,
--   pair text, config_name text, first_seen_at timestamptz, condition text,
--   condition_since timestamptz, is_active bool, is_dud bool, gone_at timestamptz,
--   checked_at timestamptz, stop_asked_at timestamptz, force_asked_at timestamptz,
--   stop_sent_at timestamptz, told_at timestamptz, archive_sent_at timestamptz,
--   stop_attempts int4, retry_at timestamptz
SELECT
    name,
    instance_name,
    account,
    connector,
    pair,
    config_name,
    first_seen_at,
    condition,
    condition_since,
    is_active,
    is_dud,
    gone_at,
    checked_at,
    stop_asked_at,
    force_asked_at,
    stop_sent_at,
    told_at,
    archive_sent_at,
    stop_attempts,
    retry_at
FROM instances
WHERE bot_id IS NULL AND (gone_at IS NULL OR gone_at > now() - interval '1 day')
ORDER BY gone_at IS NOT NULL, first_seen_at, name
LIMIT $1;

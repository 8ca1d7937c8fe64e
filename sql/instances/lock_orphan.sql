-- instances/lock_orphan: one orphan, held until the transaction ends.
-- $1 name: text
-- returns 0..1 OrphanRow: name text, instance_name text, account text, connector text,
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
WHERE name = $1 AND bot_id IS NULL AND gone_at IS NULL
FOR UPDATE;

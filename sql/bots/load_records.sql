-- bots/load_records: all that is known of some bots' doing, as the merge takes it.
-- $1 bot_ids: uuid[]
-- returns 0..n RecordRow: id uuid, client_id uuid, account text, instance_name text,
--   connector text, pair text, strategy text, config jsonb, revision int4, desired_state text,
--   desired_at timestamptz, generation int4, state text, reason text, since timestamptz,
--   known_state text, is_stale bool, error text, merge_at timestamptz, instance text,
--   running_revision int4, performance jsonb, deleted_at timestamptz, last_look_at timestamptz,
--   pace_seconds float8, hold text, open_run text, last_run text, instances text,
--   read_at timestamptz
-- open_run and last_run are JSON objects, instances is a JSON list: all that are not gone, and
-- those that went within a day, whose ghosts may show.
SELECT
    b.id,
    b.client_id,
    b.account,
    b.instance_name,
    b.connector,
    b.pair,
    b.strategy,
    b.config,
    b.revision,
    b.desired_state,
    b.desired_at,
    b.generation,
    b.state,
    b.reason,
    b.since,
    b.known_state,
    b.is_stale,
    b.error,
    b.merge_at,
    b.instance,
    b.running_revision,
    b.performance,
    b.deleted_at,
    h.last_look_at,
    h.pace_seconds,
    h.hold,
    (
        SELECT
            json_build_object(
                'id', r.id,
                'generation', r.generation,
                'phase', r.phase,
                'attempt', r.attempt,
                'lease_token', r.lease_token,
                'config_name', r.config_name,
                'revision', r.revision,
                'seen_revision', r.seen_revision,
                'config', r.config,
                'instance', r.instance,
                'requested_at', r.requested_at,
                'deploying_at', r.deploying_at,
                'deployed_at', r.deployed_at,
                'first_active_at', r.first_active_at,
                'first_figures_at', r.first_figures_at,
                'effect_ended_at', r.effect_ended_at,
                'next_attempt_at', r.next_attempt_at,
                'error', r.error
            )
        FROM runs AS r
        WHERE r.bot_id = b.id AND r.ended_at IS NULL
    )::text AS open_run,
    (
        SELECT
            json_build_object(
                'generation', r.generation,
                'outcome', r.outcome,
                'instance', r.instance,
                'error', r.error
            )
        FROM runs AS r
        WHERE r.bot_id = b.id AND r.ended_at IS NOT NULL
        ORDER BY r.generation DESC
        LIMIT 1
    )::text AS last_run,
    coalesce(
        (
            SELECT
                json_agg(
                    json_build_object(
                        'name', i.name,
                        'run_id', i.run_id,
                        'config_name', i.config_name,
                        'first_seen_at', i.first_seen_at,
                        'condition', i.condition,
                        'condition_since', i.condition_since,
                        'is_active', i.is_active,
                        'is_dud', i.is_dud,
                        'gone_at', i.gone_at,
                        'checked_at', i.checked_at,
                        'stop_asked_at', i.stop_asked_at,
                        'force_asked_at', i.force_asked_at,
                        'stop_sent_at', i.stop_sent_at,
                        'told_at', i.told_at,
                        'archive_sent_at', i.archive_sent_at,
                        'stop_attempts', i.stop_attempts,
                        'retry_at', i.retry_at
                    ) ORDER BY i.first_seen_at, i.name
                )
            FROM instances AS i
            WHERE
                i.bot_id = b.id
                AND (i.gone_at IS NULL OR i.gone_at > now() - interval '1 day')
        ), '[]'
    )::text AS instances,
    clock_timestamp() AS read_at
FROM bots AS b
LEFT JOIN heartbeats AS h ON h.name = 'lifecycle'
WHERE b.id = any($1);

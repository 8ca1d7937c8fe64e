-- bots/list_by_account: a page of each account's bots, oldest first, with the account's version.
-- $1 accounts: text[]
-- $2 known_states: text[], null for all
-- $3 after_created_at: timestamptz, the place where the page before ended
-- $4 after_id: uuid
-- $5 limit: int8
-- returns 1..n AccountBotRow: id uuid, client_id uuid, account text, instance_name text, name text,
--   connector text, pair text, strategy text, config jsonb, revision int4, desired_state text,
--   state text, reason text, since timestamptz, known_state text, is_stale bool, error text,
--   instance text, running_revision int4, performance jsonb, deleted_at timestamptz,
--   created_at timestamptz, updated_at timestamptz, last_look_at timestamptz,
--   pace_seconds float8, beat_at timestamptz, look_error text, read_at timestamptz,
--   is_bot bool, version int8, tag text, asked_for text
-- One statement, so that rows and version belong together. Without bots there is one row all the
-- same: its bot is null, for an empty list has a version too. The columns of a bot stand first.
-- Of several accounts each has its rows together, the limit is that of each.
SELECT -- noqa: ST06
    b.id,
    b.client_id,
    b.account,
    b.instance_name,
    b.name,
    b.connector,
    b.pair,
    b.strategy,
    b.config,
    b.revision,
    b.desired_state,
    b.state,
    b.reason,
    b.since,
    b.known_state,
    b.is_stale,
    b.error,
    b.instance,
    b.running_revision,
    b.performance,
    b.deleted_at,
    b.created_at,
    b.updated_at,
    h.last_look_at,
    h.pace_seconds,
    h.beat_at,
    h.look_error,
    statement_timestamp() AS read_at,
    b.id IS NOT NULL AS is_bot,
    v.version,
    v.tag,
    question.asked_for
FROM unnest($1::text[]) AS question (asked_for)
LEFT JOIN versions AS v ON question.asked_for = v.account
LEFT JOIN heartbeats AS h ON h.name = 'lifecycle'
LEFT JOIN LATERAL ( -- noqa: ST05
    SELECT
        c.id,
        c.client_id,
        c.account,
        c.instance_name,
        c.name,
        c.connector,
        c.pair,
        c.strategy,
        c.config,
        c.revision,
        c.desired_state,
        c.state,
        c.reason,
        c.since,
        c.known_state,
        c.is_stale,
        c.error,
        c.instance,
        c.running_revision,
        c.performance,
        c.deleted_at,
        c.created_at,
        c.updated_at
    FROM bots AS c
    WHERE
        c.account = question.asked_for
        AND c.deleted_at IS NULL
        AND ($2::text[] IS NULL OR c.known_state = any($2))
        AND (c.created_at, c.id) > ($3, $4)
    ORDER BY c.created_at, c.id
    LIMIT $5
) AS b ON TRUE
ORDER BY question.asked_for, b.created_at, b.id;

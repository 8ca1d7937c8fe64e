-- events/list_by_actor: a page of what happened by the doing of one actor, newest first.
-- $1 actor: text
-- $2 action: text, null for all
-- $3 since: timestamptz
-- $4 before: timestamptz, with the id the place where the page before ended
-- $5 before_id: uuid
-- $6 limit: int8
-- returns 0..n EventRow: id uuid, account text, actor text, action text, subject text,
--   detail jsonb, request_id text, created_at timestamptz
-- The bounds say what = would, but only one index has this order: a rare value costs no more.
SELECT
    id,
    account,
    actor,
    action,
    subject,
    detail,
    request_id,
    created_at
FROM events
WHERE
    (actor, created_at) >= ($1, $3)
    AND (actor, created_at, id) < ($1, $4, $5)
    AND ($2::text IS NULL OR action = $2)
ORDER BY actor DESC, created_at DESC, id DESC
LIMIT $6;

-- events/list_by_action: a page of what happened of one kind, newest first.
-- $1 action: text
-- $2 since: timestamptz
-- $3 before: timestamptz, with the id the place where the page before ended
-- $4 before_id: uuid
-- $5 limit: int8
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
    (action, created_at) >= ($1, $2)
    AND (action, created_at, id) < ($1, $3, $4)
ORDER BY action DESC, created_at DESC, id DESC
LIMIT $5;

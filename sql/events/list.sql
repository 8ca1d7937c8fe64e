-- events/list: a page of what happened, newest first.
-- $1 since: timestamptz
-- $2 before: timestamptz, with the id the place where the page before ended
-- $3 before_id: uuid
-- $4 limit: int8
-- returns 0..n EventRow: id uuid, account text, actor text, action text, subject text,
--   detail jsonb, request_id text, created_at timestamptz
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
    created_at >= $1
    AND (created_at, id) < ($2, $3)
ORDER BY created_at DESC, id DESC
LIMIT $4;

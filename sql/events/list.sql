-- events/list: a page of what happened, newest first.
-- $1 account: text, null for all
-- $2 subject: text, null for all
-- $3 before: timestamptz, the place where the page before ended
-- $4 before_id: uuid
-- $5 limit: int8
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
    ($1::text IS NULL OR account = $1)
    AND ($2::text IS NULL OR subject = $2)
    AND (created_at, id) < ($3, $4)
ORDER BY created_at DESC, id DESC
LIMIT $5;

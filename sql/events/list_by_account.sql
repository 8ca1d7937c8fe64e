-- events/list_by_account: a page of what happened to an account, newest first.
-- $1 account: text
-- $2 actor: text, null for all
-- $3 action: text, null for all
-- $4 since: timestamptz
-- $5 before: timestamptz, with the id the place where the page before ended
-- $6 before_id: uuid
-- $7 limit: int8
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
    (account, created_at) >= ($1, $4)
    AND (account, created_at, id) < ($1, $5, $6)
    AND ($2::text IS NULL OR actor = $2)
    AND ($3::text IS NULL OR action = $3)
ORDER BY account DESC, created_at DESC, id DESC
LIMIT $7;

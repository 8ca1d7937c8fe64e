-- events/list_by_account: a page of what happened to an account, newest first.
-- $1 account: text
-- $2 client_id: uuid, only since this client has it; null for whoever had it
-- $3 actor: text, null for all
-- $4 action: text, null for all
-- $5 since: timestamptz
-- $6 before: timestamptz, with the id the place where the page before ended
-- $7 before_id: uuid
-- $8 limit: int8
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
    (account, created_at) >= (
        $1,
        greatest(
            $5,
            CASE
                WHEN $2::uuid IS NOT NULL
                    THEN coalesce(
                        (
                            SELECT c.created_at
                            FROM clients AS c
                            WHERE c.id = $2
                        ),
                        'infinity'
                    )
            END
        )
    )
    AND (account, created_at, id) < ($1, $6, $7)
    AND ($3::text IS NULL OR actor = $3)
    AND ($4::text IS NULL OR action = $4)
ORDER BY account DESC, created_at DESC, id DESC
LIMIT $8;

-- leases/fence: prove that this token still leads, until the transaction ends; no row: it does not.
-- $1 name: text
-- $2 token: int8
-- returns 0..1 FenceRow: idle_limit text, statement_limit text
-- A leader that freezes in here must not keep the next one out, so the server ends it soon.
SELECT
    set_config('idle_in_transaction_session_timeout', '2s', TRUE) AS idle_limit,
    set_config('statement_timeout', '5s', TRUE) AS statement_limit
FROM leases
WHERE name = $1 AND token = $2
FOR SHARE;

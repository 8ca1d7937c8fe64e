-- versions/list_of: the versions of these accounts; those that were never written are left out.
-- $1 accounts: text[]
-- $2 limit: int8
-- returns 0..n VersionRow: account text, version int8, tag text
SELECT
    account,
    version,
    tag
FROM versions
WHERE account = any($1::text[])
ORDER BY account
LIMIT $2;

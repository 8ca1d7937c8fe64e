-- versions/list_changed: the accounts that changed lately, however long their transactions took.
-- $1 limit: int8
-- returns 0..n VersionRow: account text, version int8, tag text
SELECT
    account,
    version,
    tag
FROM versions
WHERE changed_at > now() - interval '30 s'
ORDER BY changed_at DESC, account ASC
LIMIT $1;

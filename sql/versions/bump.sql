-- versions/bump: say that what readers of these accounts see has changed.
-- $1 accounts: text[], in the order in which their rows are locked
-- $2 tag: text, 8 random hex digits
-- returns none
INSERT INTO versions (account, version, tag, changed_at)
SELECT
    changed.account,
    1,
    $2,
    clock_timestamp()
FROM unnest($1::text[]) WITH ORDINALITY AS changed (account, place)
ORDER BY changed.place
ON CONFLICT ON CONSTRAINT versions_pkey DO UPDATE
    SET
        version = versions.version + 1,
        tag = excluded.tag,
        changed_at = clock_timestamp();

-- versions/bump: say that what readers of these accounts see has changed, and hint at it on commit.
-- $1 accounts: text[], in the order in which their rows are locked
-- $2 tag: text, 8 random hex digits
-- $3 hints: bool, whether to notify those who listen
-- returns 1: count int8
-- A notification takes 8,000 bytes at most: 64 accounts of 64 characters fit, with their versions.
WITH bumped AS (
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
            changed_at = clock_timestamp()
    RETURNING account, version, tag
),

numbered AS (
    SELECT
        concat_ws(':', account, version, tag) AS hint,
        (row_number() OVER () - 1) / 64 AS part
    FROM bumped
    WHERE $3
),

parts AS (
    SELECT string_agg(hint, ',') AS payload
    FROM numbered
    GROUP BY part
)

SELECT count(pg_notify('bridge', payload)::text) AS count
FROM parts;

-- connectors/count_keys: how many sealed credentials there are under each key.
-- returns 0..n KeyCountRow: key_id text, count int8
-- The key's id stands at the beginning, after a version and its own length.
SELECT
    CASE
        WHEN octet_length(sealed_credentials) > 2
            THEN
                encode(
                    substring(sealed_credentials FROM 3 FOR get_byte(sealed_credentials, 1)),
                    'escape'
                )
        ELSE ''
    END AS key_id,
    count(*) AS count
FROM connectors
GROUP BY 1
ORDER BY 1;

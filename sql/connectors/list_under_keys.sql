-- connectors/list_under_keys: whose credentials are under keys of other ids than these.
-- $1 key_ids: text[]
-- $2 limit: int8
-- returns 0..n KeyUseRow: account_identifier text, name text, key_id text
WITH used AS (
    SELECT
        client_id,
        name,
        CASE
            WHEN octet_length(sealed_credentials) > 2
                THEN
                    encode(
                        substring(sealed_credentials FROM 3 FOR get_byte(sealed_credentials, 1)),
                        'escape'
                    )
            ELSE ''
        END AS key_id
    FROM connectors
)

SELECT
    c.account_identifier,
    used.name,
    used.key_id
FROM used
INNER JOIN clients AS c ON used.client_id = c.id
WHERE used.key_id <> all($1::text[])
ORDER BY c.account_identifier, used.name
LIMIT $2;

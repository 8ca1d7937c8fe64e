-- clients/find_next_suffix: the number after the highest one that ends an account of this stem.
-- $1 stem: text, of letters, digits, _ and -
-- $2 first: int8, the number where there is none yet
-- returns 1: suffix int8
SELECT
    coalesce(
        max(substring(account_identifier FROM '_([0-9]{1,9})$')::bigint) + 1, $2
    ) AS suffix
FROM clients
WHERE
    starts_with(account_identifier, $1 || '_')
    AND substring(account_identifier FROM length($1) + 1) ~ '^_[0-9]{1,9}$';

-- connectors/lock_outdated: credentials that are not under this key, held for the transaction.
-- $1 head: bytea, how those under the current key begin
-- $2 after_id: uuid, the last one of the batch before
-- $3 limit: int8
-- returns 0..n SealedRow: id uuid, client_id uuid, sealed_credentials bytea
-- Those that somebody holds are written anew right now; they are looked at in the next pass.
SELECT
    id,
    client_id,
    sealed_credentials
FROM connectors
WHERE
    id > $2
    AND substring(sealed_credentials FROM 1 FOR octet_length($1::bytea)) <> $1
ORDER BY id
LIMIT $3
FOR NO KEY UPDATE SKIP LOCKED;

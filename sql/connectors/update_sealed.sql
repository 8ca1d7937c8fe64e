-- connectors/update_sealed: the same credentials under another key; nobody sees a difference.
-- $1 ids: uuid[]
-- $2 sealed: bytea[], in the same order
-- returns none
UPDATE connectors
SET sealed_credentials = renewed.sealed_credentials
FROM unnest($1::uuid[], $2::bytea[]) AS renewed (id, sealed_credentials)
WHERE connectors.id = renewed.id;

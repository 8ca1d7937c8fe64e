-- clients/mark_deleted: take a client off the lists while what it has upstream is removed.
-- $1 client_id: uuid
-- returns none
UPDATE clients
SET
    deleted_at = coalesce(deleted_at, clock_timestamp()),
    updated_at = now()
WHERE id = $1;

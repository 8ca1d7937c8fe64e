-- connectors/mark_deleted: take a connector off its client while what is upstream is removed.
-- $1 connector_id: uuid
-- returns none
UPDATE connectors
SET
    deleted_at = clock_timestamp(),
    updated_at = now()
WHERE id = $1;

-- instances/postpone: nothing more to do for an instance until then.
-- $1 name: text
-- $2 pause: interval
-- returns none
UPDATE instances
SET
    retry_at = clock_timestamp() + $2,
    updated_at = now()
WHERE name = $1;

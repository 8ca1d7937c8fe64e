-- idempotency_keys/end_wait: the key is claimed; later locks are waited for as long as ever.
-- returns none
SET LOCAL lock_timeout TO DEFAULT;

-- alembic_version/try_lock: take this database's turn to migrate, until the session ends.
-- $1 lock_key: int8
-- returns 1: pg_try_advisory_lock bool
SELECT pg_try_advisory_lock($1);

-- installation/read_place: what tells this database from a copy of it.
-- returns 1: place text
-- The number of the cluster survives a failover; that of the database is new in every restore.
SELECT
    (
        (
            SELECT system_identifier
            FROM pg_control_system()
        )::text || '/' || (
            SELECT oid
            FROM pg_database
            WHERE datname = current_database()
        )::text
    ) AS place;

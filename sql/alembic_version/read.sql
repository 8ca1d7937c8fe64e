-- alembic_version/read: the revision that Alembic wrote last; no row before the first one.
-- returns 0..1: version_num varchar
SELECT version_num FROM alembic_version;

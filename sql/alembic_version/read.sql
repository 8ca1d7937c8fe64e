-- alembic_version/read: the revision that the database is at; no row before the first one.
-- returns 0..1: version_num varchar
-- Never more than one row, unless somebody meddled: then the one that promises least.
SELECT version_num
FROM alembic_version
ORDER BY version_num
LIMIT 1;

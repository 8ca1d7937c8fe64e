-- alembic_version/list_tables: those of these names that an unqualified statement would find.
-- $1 names: text[]
-- returns 0..n: name text
SELECT name
FROM unnest($1::text[]) AS t (name)
WHERE to_regclass(quote_ident(name)) IS NOT NULL
ORDER BY name;

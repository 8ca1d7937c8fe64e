"""What a schema consists of, as PostgreSQL of any version says it: for comparing two of them."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncpg

_EVERYTHING: Final = """
WITH ours AS (
    SELECT oid FROM pg_namespace
    WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg_toast%'
)
SELECT format('%s %s', CASE relkind WHEN 'r' THEN 'table' ELSE relkind::text END, oid::regclass)
FROM pg_class WHERE relnamespace IN (SELECT oid FROM ours) AND relkind NOT IN ('i', 't')
UNION ALL
SELECT format(
    'column %s.%s %s%s%s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod),
    CASE WHEN attnotnull THEN ' not null' END, attidentity, pg_get_expr(adbin, adrelid)
)
FROM pg_attribute
INNER JOIN pg_class ON pg_class.oid = attrelid
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE
    relnamespace IN (SELECT oid FROM ours)
    AND relkind IN ('r', 'p', 'v', 'm', 'f') AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT format('constraint %s.%s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint
-- PostgreSQL 18 lists each NOT NULL as a constraint; older ones say it in the column only.
WHERE connamespace IN (SELECT oid FROM ours) AND contype <> 'n'
UNION ALL
SELECT format('index %s', pg_get_indexdef(indexrelid))
FROM pg_index INNER JOIN pg_class ON pg_class.oid = indexrelid
WHERE relnamespace IN (SELECT oid FROM ours)
UNION ALL
SELECT format('trigger %s', pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT format('routine %s', oid::regprocedure)
FROM pg_proc WHERE pronamespace IN (SELECT oid FROM ours)
UNION ALL
SELECT format('type %s', oid::regtype)
FROM pg_type WHERE typnamespace IN (SELECT oid FROM ours) AND typtype IN ('d', 'e')
ORDER BY 1
"""


async def describe_schema(connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    """Return one line per table, column, constraint, index and the rest, sorted."""
    return [str(row[0]) for row in await connection.fetch(_EVERYTHING)]

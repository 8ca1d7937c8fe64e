"""A watch in PostgreSQL: transactions that change what readers see must raise the version.

It looks at every transaction of the application when it commits, whoever caused it: a request, the
observer, the reconciler. What is written past the application is not its business.
"""

from typing import Final

import asyncpg

from bridge.bots.structs import BotRow

_BOT_COLUMNS: Final = """
SELECT column_name FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = 'bots'
"""
_WATCH: Final = """
CREATE SCHEMA watch;

CREATE TABLE watch.forgotten (account text, before jsonb, after jsonb);

CREATE FUNCTION watch.unseen() RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY[{unseen}]::text[]
$$;

CREATE FUNCTION watch.look() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before jsonb;
    after jsonb;
    its_account text := CASE TG_OP WHEN 'DELETE' THEN OLD.account ELSE NEW.account END;
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.deleted_at IS NULL THEN
        before := to_jsonb(OLD) - watch.unseen();
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.deleted_at IS NULL THEN
        after := to_jsonb(NEW) - watch.unseen();
    END IF;
    IF
        before IS DISTINCT FROM after
        AND current_setting('application_name') = 'trading-bridge'
        AND NOT EXISTS (
            SELECT FROM versions AS v
            WHERE v.account = its_account AND v.xmin = pg_current_xact_id()::xid
        )
    THEN
        INSERT INTO watch.forgotten VALUES (its_account, before, after);
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER watch
AFTER INSERT OR UPDATE OR DELETE ON bots
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION watch.look();
"""


async def watch(url: str) -> None:
    """Begin to watch a database; columns that no answer shows do not count."""
    connection = await asyncpg.connect(url)
    try:
        columns = {str(row[0]) for row in await connection.fetch(_BOT_COLUMNS)}
        unseen = sorted(columns - set(BotRow.__struct_fields__))
        await connection.execute(_WATCH.format(unseen=", ".join(f"'{name}'" for name in unseen)))
    finally:
        await connection.close()


async def forgotten(connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    """Return what was changed without a version, and forget it."""
    rows = await connection.fetch("DELETE FROM watch.forgotten RETURNING forgotten::text")
    return [str(row[0]) for row in rows]

"""A database as full as a large installation's, and the plans that PostgreSQL makes on it."""

import json
import re
import secrets
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    Connection = asyncpg.Connection[asyncpg.Record]

ACCOUNTS: Final = 20_000
BOTS: Final = 100_000
_FILL_SECONDS: Final = 600.0

# One bot of each account after the other, a second apart: pages hold bots of many accounts.
_FILL: Final = (
    """
    INSERT INTO clients (id, name, account_identifier, created_at)
    SELECT
        md5('client ' || n)::uuid, 'Client ' || n, 'client_' || n,
        '2026-01-01'::timestamptz + n * interval '1 second'
    FROM generate_series(1, $1::int) AS n
    """,
    """
    INSERT INTO wallets (id, client_id, chain, address, address_key)
    SELECT
        md5('wallet ' || n)::uuid, md5('client ' || n)::uuid, 'evm',
        '0x' || lpad(to_hex(n), 40, '0'), '0x' || lpad(to_hex(n), 40, '0')
    FROM generate_series(1, $1::int) AS n
    """,
    """
    INSERT INTO connectors (id, client_id, name, exchange, sealed_credentials, preview)
    SELECT
        md5('connector ' || n)::uuid, md5('client ' || n)::uuid, 'bitmart', 'bitmart', '', ''
    FROM generate_series(1, $1::int) AS n
    """,
    """
    INSERT INTO bots (
        id, client_id, account, instance_name, name, connector, pair, strategy, config, created_at
    )
    SELECT
        md5('bot ' || n)::uuid, md5('client ' || (n % $1::int + 1))::uuid,
        'client_' || (n % $1::int + 1), 'hummingbot-' || n, 'Bot ' || n, 'bitmart', 'ABC/USDT',
        'spread', '{"order_amount": 1000}', '2026-02-01'::timestamptz + n * interval '1 second'
    FROM generate_series(1, $2::int) AS n
    """,
    """
    INSERT INTO versions (account, version, tag, changed_at)
    SELECT 'client_' || n, 1, '00000000', '2026-03-01'::timestamptz
    FROM generate_series(1, $1::int) AS n
    """,
)


async def fill(connection: "Connection", accounts: int = ACCOUNTS, bots: int = BOTS) -> None:
    """Add the accounts, each with a wallet and a connector, and their bots; takes seconds."""
    for statement in _FILL:
        needs = len(set(re.findall(r"\$\d", statement)))
        await connection.execute(statement, *(accounts, bots)[:needs], timeout=_FILL_SECONDS)
    await connection.execute("VACUUM (ANALYZE)")


async def generic_plan(connection: "Connection", sql: str) -> str:
    """Return the plan of a statement for any values, without running it."""
    count = len((await connection.prepare(sql)).get_parameters())
    call = await _prepare(connection, sql, ["NULL"] * count)
    rows = await connection.fetch(f"EXPLAIN {call}")
    return "\n".join(str(row[0]) for row in rows)


async def measured_plan(
    connection: "Connection", sql: str, arguments: "Sequence[str]"
) -> dict[str, Any]:
    """Run a statement by the plan for any values, and return that plan with the rows it read.

    Args:
        connection: Whose session keeps making such plans.
        sql: The statement.
        arguments: Its values, each as an SQL literal.
    """
    call = await _prepare(connection, sql, arguments)
    text: str = await connection.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {call}")
    plan: dict[str, Any] = json.loads(text)[0]["Plan"]
    return plan


async def _prepare(connection: "Connection", sql: str, arguments: "Sequence[str]") -> str:
    """Prepare a statement under a name of its own and return how it is called."""
    name = f"plan_{secrets.token_hex(4)}"
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    await connection.execute(f"PREPARE {name} AS\n{sql}")
    return f"EXECUTE {name}({', '.join(arguments)})" if arguments else f"EXECUTE {name}"

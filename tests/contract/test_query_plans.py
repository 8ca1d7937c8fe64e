"""What everybody polls stays cheap: it goes by an index and reads no more rows than it shows.

The plans are those that hold for any values, as a long-lived server's prepared statements end up
with, made on 100,000 bots in 20,000 accounts. 1,000 bots run; 10,000 have three runs behind them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bench.crowd import fill, measured_plan

from bridge.db.sql import load

if TYPE_CHECKING:
    import asyncpg

PAGE: Final = 50
MIDDLE: Final = "'2026-02-01 12:00:00+00'"
_SEVEN: Final = "ARRAY['client_7']"
NO_ID: Final = "'00000000-0000-0000-0000-000000000000'"
RUNNING: Final = 1_000
RAN: Final = 10_000

# Each with the numbers that it takes.
_LIFECYCLE: Final[tuple[tuple[str, tuple[int, ...]], ...]] = (
    (
        "INSERT INTO leases (name, token, holder, taken_at) VALUES ('lifecycle', 1, 'x', now())",
        (),
    ),
    (
        """
        INSERT INTO heartbeats (name, token, beat_at, last_look_at)
        VALUES ('lifecycle', 1, now(), now())
        """,
        (),
    ),
    (
        """
        UPDATE versions
        SET changed_at = now() + interval '1 h' * (1.5 - replace(account, 'client_', '')::int)
        """,
        (),
    ),
    (
        """
        INSERT INTO runs (
            id, bot_id, generation, phase, revision, config, requested_at, ended_at, outcome
        )
        SELECT
            md5('run ' || g || ' of ' || n)::uuid, md5('bot ' || n)::uuid, g, 'ended', 1, '{}',
            now(), now(), 'stopped'
        FROM generate_series(1, $1::int) AS n CROSS JOIN generate_series(1, 3) AS g
        """,
        (RAN,),
    ),
    (
        """
        INSERT INTO runs (id, bot_id, generation, phase, revision, config, requested_at, instance)
        SELECT
            md5('open run ' || n)::uuid, md5('bot ' || n)::uuid, 4, 'deployed', 1, '{}', now(),
            'hummingbot-' || n || '-20260101-000000'
        FROM generate_series(1, $1::int) AS n
        """,
        (RUNNING,),
    ),
    (
        """
        INSERT INTO instances (
            name, instance_name, bot_id, run_id, first_seen_at, condition, gone_at
        )
        SELECT
            'hummingbot-' || n || '-20260101-000000', 'hummingbot-' || n, md5('bot ' || n)::uuid,
            CASE WHEN n <= $1::int THEN md5('open run ' || n)::uuid END, now(), 'trading',
            CASE WHEN n > $1::int THEN now() END
        FROM generate_series(1, $2::int) AS n
        """,
        (RUNNING, RAN),
    ),
    (
        """
        UPDATE bots SET generation = 4, desired_state = 'running', state = 'running',
            known_state = 'running'
        WHERE id IN (SELECT md5('bot ' || n)::uuid FROM generate_series(1, $1::int) AS n)
        """,
        (RUNNING,),
    ),
)


_KEYS: Final = """
    INSERT INTO idempotency_keys (actor, key, fingerprint)
    SELECT 'open', n::text, decode(repeat('00', 32), 'hex') FROM generate_series(1, 20000) AS n
"""
_EVENTS: Final = """
    INSERT INTO events (id, account, actor, action, subject, detail, request_id, created_at)
    SELECT
        md5('event ' || n)::uuid, 'client_' || (n % 20), 'actor_' || (n % 7),
        'action_' || (n % 11), 'subject_' || (n % 20000), '{}', 'r',
        '2026-01-01'::timestamptz + n * interval '1 minute'
    FROM generate_series(1, $1::int) AS n
"""
SINCE: Final = "'2026-01-01 00:00:00+00'"
UNTIL: Final = "'2026-03-01 00:00:00+00'"
NULLS: Final = ("NULL", "NULL", "NULL")
OF_CLIENT: Final = ("md5('client 7')::uuid", "NULL", "NULL")


@dataclass(frozen=True)
class Hot:
    """A query that is asked all the time.

    Attributes:
        arguments: Its values, as SQL literals.
        shows: How many rows it returns.
        reads: The most rows of tables that it may look at.
    """

    name: str
    arguments: tuple[str, ...]
    shows: int
    reads: int


HOT: Final = (
    Hot("clients/find_by_wallet", ("'0x" + "7".rjust(40, "0") + "'", "NULL"), shows=1, reads=4),
    Hot("clients/find_by_id", ("md5('client 7')::uuid",), shows=1, reads=3),
    Hot(
        "clients/list", ("'2026-01-01 02:00:00+00'", NO_ID, str(PAGE), "NULL"), PAGE, reads=3 * PAGE
    ),
    # Beside the bots, the one heartbeat is read once.
    Hot("bots/find_by_id", ("md5('bot 7')::uuid", "NULL"), shows=1, reads=2),
    # And the one version; a bot is counted twice, by the scan of the subquery too.
    Hot("bots/list_by_account", (_SEVEN, "NULL", "'-infinity'", NO_ID, "3"), 3, reads=8),
    Hot("bots/list_by_account", (_SEVEN, "NULL", MIDDLE, NO_ID, "9"), 2, reads=6),
    Hot("versions/list_changed", ("9",), 1, reads=2),
    Hot("versions/list_of", ("'{client_7,client_8,nobody}'", "9"), 2, reads=2),
    Hot("bots/list_all", ("NULL", MIDDLE, NO_ID, str(PAGE)), PAGE, reads=PAGE + 1),
    Hot("bots/list_all", ("'{stopped}'", MIDDLE, NO_ID, str(PAGE)), PAGE, reads=PAGE + 1),
    Hot("bots/load_records", ("ARRAY[md5('bot 7')::uuid]",), shows=1, reads=6),
    Hot("runs/list_by_bot", ("md5('bot 7')::uuid", "9"), 4, reads=4),
    Hot("events/list", (SINCE, UNTIL, NO_ID, str(PAGE)), PAGE, reads=PAGE),
    Hot("events/list_by_account", ("'client_7'", *NULLS, SINCE, UNTIL, NO_ID, "9"), 9, 9),
    # And the client, for when it began.
    Hot("events/list_by_account", ("'client_7'", *OF_CLIENT, SINCE, UNTIL, NO_ID, "9"), 9, 10),
    Hot("events/list_by_actor", ("'actor_3'", "NULL", SINCE, UNTIL, NO_ID, str(PAGE)), PAGE, PAGE),
    Hot("events/list_by_action", ("'action_3'", SINCE, UNTIL, NO_ID, str(PAGE)), PAGE, PAGE),
    Hot("events/list_by_subject", ("'subject_7'", SINCE, "'infinity'", NO_ID, "9"), 5, 5),
    Hot("events/prune", ("'100 years'", str(PAGE)), 0, reads=0),
    Hot("idempotency_keys/find", ("'open'", "'7'"), 1, reads=1),
    Hot("idempotency_keys/prune", ("'24 hours'", str(PAGE)), 0, reads=0),
    # Each look asks for what runs, once.
    Hot("bots/list_watched", ("'{hummingbot-7}'",), RUNNING, reads=2 * RUNNING + 1),
    # For a run its bot; for an instance its bot and twice its run.
    Hot("bots/list_due", (), 0, reads=6 * RUNNING),
)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def rows_read(node: dict[str, Any]) -> float:
    # A bitmap's index only says where the rows are that the scan above it reads.
    if "Scan" not in node["Node Type"] or node["Node Type"] == "Bitmap Index Scan":
        return 0
    dropped = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return (node["Actual Rows"] + dropped) * node["Actual Loops"]


def complaints(query: Hot, plan: dict[str, Any]) -> Iterator[str]:
    if plan["Actual Rows"] != query.shows:
        yield f"{query.name}: {plan['Actual Rows']} rows, not {query.shows}"
    for node in nodes(plan):
        # The table of heartbeats has one row.
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] != "heartbeats":
            yield f"{query.name}: reads all of {node['Relation Name']}"
    if (read := sum(map(rows_read, nodes(plan)))) > query.reads:
        yield f"{query.name}: looks at {read:g} rows to show {query.shows}"


async def test_hot_queries_go_by_an_index_and_read_no_more_than_they_show(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    await fill(connection)
    await connection.execute(_EVENTS, 100_000)
    await connection.execute(_KEYS)
    for statement, numbers in _LIFECYCLE:
        await connection.execute(statement, *numbers)
    await connection.execute("VACUUM (ANALYZE)")

    found: list[str] = []
    for query in HOT:
        plan = await measured_plan(connection, load(query.name), query.arguments)
        found += complaints(query, plan)

    assert found == [], "\n".join(found)

"""What everybody polls stays cheap: it goes by an index and reads no more rows than it shows.

The plans are those that hold for any values, as a long-lived server's prepared statements end up
with, made on 100,000 bots in 20,000 accounts.
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
NO_ID: Final = "'00000000-0000-0000-0000-000000000000'"


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
    Hot("clients/find_by_wallet", ("'0x" + "7".rjust(40, "0") + "'",), shows=1, reads=4),
    Hot("clients/find_by_id", ("md5('client 7')::uuid",), shows=1, reads=3),
    Hot("clients/list", ("'2026-01-01 02:00:00+00'", NO_ID, str(PAGE)), PAGE, reads=3 * PAGE),
    Hot("bots/find_by_id", ("md5('bot 7')::uuid",), shows=1, reads=1),
    Hot("bots/list_by_account", ("'client_7'", "NULL", "'-infinity'", NO_ID, "3"), 3, reads=3),
    Hot("bots/list_by_account", ("'client_7'", "NULL", MIDDLE, NO_ID, "9"), 2, reads=2),
    Hot("bots/list_all", ("NULL", MIDDLE, NO_ID, str(PAGE)), PAGE, reads=PAGE),
    Hot("bots/list_all", ("'{stopped}'", MIDDLE, NO_ID, str(PAGE)), PAGE, reads=PAGE),
)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def rows_read(node: dict[str, Any]) -> float:
    if "Scan" not in node["Node Type"]:
        return 0
    dropped = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return (node["Actual Rows"] + dropped) * node["Actual Loops"]


def complaints(query: Hot, plan: dict[str, Any]) -> Iterator[str]:
    if plan["Actual Rows"] != query.shows:
        yield f"{query.name}: {plan['Actual Rows']} rows, not {query.shows}"
    for node in nodes(plan):
        if node["Node Type"] == "Seq Scan":
            yield f"{query.name}: reads all of {node['Relation Name']}"
    if (read := sum(map(rows_read, nodes(plan)))) > query.reads:
        yield f"{query.name}: looks at {read:g} rows to show {query.shows}"


async def test_hot_queries_go_by_an_index_and_read_no_more_than_they_show(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    await fill(connection)

    found: list[str] = []
    for query in HOT:
        plan = await measured_plan(connection, load(query.name), query.arguments)
        found += complaints(query, plan)

    assert found == []

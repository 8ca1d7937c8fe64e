"""Names of constraints and indexes are API: errors depend on them."""

import importlib
import pkgutil
from itertools import combinations
from typing import TYPE_CHECKING, cast

import bridge
from bridge.errors import BridgeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import asyncpg

    Connection = asyncpg.Connection[asyncpg.Record]

# By pg_constraint.contype.
SUFFIXES = {"c": "check", "f": "fkey", "p": "pkey", "u": "key", "x": "excl"}


def error_maps() -> "dict[str, Mapping[str, type[BridgeError]]]":
    """Return every ERRORS_BY_CONSTRAINT of the package, by its module's name."""
    found: dict[str, Mapping[str, type[BridgeError]]] = {}
    for module in pkgutil.walk_packages(bridge.__path__, "bridge."):
        if module.name.endswith(".repository"):
            names = vars(importlib.import_module(module.name))
            if "ERRORS_BY_CONSTRAINT" in names:
                by_name = cast("Mapping[str, type[BridgeError]]", names["ERRORS_BY_CONSTRAINT"])
                found[module.name] = by_name
    return found


def middles(suffix: str, columns: list[str]) -> list[str]:
    """Return what may stand between the table and the suffix."""
    if suffix == "pkey":
        return [""]
    if suffix == "check":  # named for the columns that it judges, not for those it reads besides
        counts = range(1, len(columns) + 1)
        return ["_" + "_".join(some) for n in counts for some in combinations(columns, n)]
    return ["_" + "_".join(columns)]


async def test_constraints_are_named_for_their_table_and_columns(connection: "Connection") -> None:
    rows = await connection.fetch(
        """
        SELECT conrelid::regclass::text, contype::text, conname, (
            SELECT array_agg(attname ORDER BY place)
            FROM unnest(conkey) WITH ORDINALITY AS keys (number, place)
            INNER JOIN pg_attribute ON attrelid = conrelid AND attnum = number
        )::text[]
        FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
            AND conrelid <> 'alembic_version'::regclass
        """
    )

    assert len(rows) > 10
    for table, kind, name, columns in rows:
        suffix = SUFFIXES[str(kind)]
        assert name in {f"{table}{middle}_{suffix}" for middle in middles(suffix, columns)}


async def test_indexes_are_named_for_their_table_and_columns(connection: "Connection") -> None:
    rows = await connection.fetch(
        """
        SELECT tablename, indexname, (
            SELECT array_agg(attname ORDER BY attnum)
            FROM pg_attribute WHERE attrelid = format('%I', indexname)::regclass
        )::text[]
        FROM pg_indexes
        WHERE schemaname = 'public' AND tablename <> 'alembic_version' AND NOT EXISTS (
            SELECT 1 FROM pg_constraint WHERE conname = indexname
        )
        """
    )

    assert rows
    for table, name, columns in rows:
        assert name == f"{table}_{'_'.join(columns)}_idx"


async def test_no_name_is_cut_by_postgresql(connection: "Connection") -> None:
    longest = await connection.fetchval(
        "SELECT max(length(conname)) FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
    )

    assert longest < 63


async def test_each_name_that_becomes_an_error_exists(connection: "Connection") -> None:
    maps = error_maps()
    rows = await connection.fetch(
        "SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
    )

    assert maps
    known = {str(row[0]) for row in rows}
    for module, by_name in maps.items():
        assert set(by_name) <= known, module
        assert all(issubclass(error, BridgeError) for error in by_name.values())

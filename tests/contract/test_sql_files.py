"""Every SQL file is what its header says, as PostgreSQL and the Python that loads it see it."""

import ast
import importlib
import pkgutil
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.contract.sql_header import read_header

import bridge

if TYPE_CHECKING:
    import asyncpg

CHECKOUT = Path(__file__).parents[2]
STATEMENTS = {
    f"{file.parent.name}/{file.stem}": file.read_text("utf-8")
    for file in sorted((CHECKOUT / "sql").glob("*/*.sql"))
}
each_statement = pytest.mark.parametrize(("name", "sql"), STATEMENTS.items(), ids=STATEMENTS.keys())


@cache
def row_structs() -> dict[str, list[type[msgspec.Struct]]]:
    """Return each struct of the package that is called like a row, by its name."""
    found: dict[str, list[type[msgspec.Struct]]] = {}
    for module in pkgutil.walk_packages(bridge.__path__, "bridge."):
        if not module.name.endswith("__main__"):
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, type) and issubclass(value, msgspec.Struct):
                    structs = found.setdefault(value.__name__, [])
                    if value.__name__.endswith("Row") and value not in structs:
                        structs.append(value)
    return found


def loaded_names() -> Counter[str]:
    """Count the ``NAME = load("table/verb")`` of the package."""
    names: Counter[str] = Counter()
    for file in (CHECKOUT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Assign(value=call) | ast.AnnAssign(value=ast.Call() as call):
                    names.update(_loaded(call))
                case _:
                    pass
    return names


def _loaded(node: ast.expr) -> list[str]:
    match node:
        case ast.Call(func=ast.Name(id="load"), args=[ast.Constant(value=str(name))]):
            return [name]
        case _:
            return []


def test_there_are_statements() -> None:
    assert STATEMENTS


@each_statement
def test_header_names_its_own_file(name: str, sql: str) -> None:
    assert read_header(sql).path == name


@each_statement
async def test_parameters_and_columns_are_those_of_postgresql(
    name: str, sql: str, connection: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    statement = await connection.prepare(sql)

    header = read_header(sql)
    assert header.path == name
    assert tuple(kind.name for kind in statement.get_parameters()) == header.parameters
    columns = tuple((column.name, column.type.name) for column in statement.get_attributes())
    assert columns == header.columns
    assert bool(columns) == (header.cardinality != "none")


@each_statement
def test_rows_fit_their_struct(name: str, sql: str) -> None:
    header = read_header(sql)
    if header.row is None:
        assert len(header.columns) < 2, f"{name}: several columns fill a struct; name it"
        return

    structs = row_structs().get(header.row, [])

    assert len(structs) == 1, f"{header.row} is the name of {len(structs)} structs"
    assert structs[0].__struct_fields__ == tuple(name for name, _ in header.columns)


def test_each_file_is_loaded_by_exactly_one_constant() -> None:
    assert loaded_names() == Counter(STATEMENTS.keys())


@each_statement
def test_lists_are_bounded_and_in_order(name: str, sql: str) -> None:
    if "/list" in name and read_header(sql).row is not None:
        assert "\nORDER BY " in sql
        assert re.search(r"\n *LIMIT \$", sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1;",
        "-- bots/x: meaning without a full stop\n-- returns none\n",
        "-- bots/x: Meaning.\nSELECT 1;",
        "-- bots/x: Meaning.\n-- $2 id: uuid\n-- returns none\n",
        "-- bots/x: Meaning.\n-- $1 id\n-- returns none\n",
        "-- bots/x: Meaning.\n-- returns many: id uuid\n",
        "-- bots/x: Meaning.\n-- returns 1: id\n",
        "-- bots/x: Meaning.\n-- returns 1 bot: id uuid\n",
    ],
)
def test_a_header_that_is_not_of_the_form_is_refused(sql: str) -> None:
    with pytest.raises(ValueError, match=r"^(?:id|--.*|)$"):
        read_header(sql)

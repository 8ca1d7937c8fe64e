"""What the comment at the top of an SQL file says: its parameters, and the rows that come back."""

import re
from dataclasses import dataclass
from typing import Final, Literal, cast

Cardinality = Literal["none", "0..1", "1", "0..n", "1..n"]

_FIRST: Final = re.compile(r"-- (?P<path>[a-z_]+/[a-z_]+): \S.*\.")
_PARAMETER: Final = re.compile(
    r"-- \$(?P<place>\d+) (?P<name>[a-z_]+): (?P<type>[a-z0-9_]+(?:\[\])?)(?:, \S.*)?"
)
_RETURNS: Final = re.compile(
    r"-- returns (?P<cardinality>none|0\.\.1|1\.\.n|1|0\.\.n)"
    r"(?: (?P<row>[A-Z]\w+Row))?(?:: (?P<columns>.+))?"
)
_COLUMN: Final = re.compile(r"(?P<name>[a-z_]+) (?P<type>[a-z0-9_]+(?:\[\])?)")
_MORE_COLUMNS: Final = "--   "


@dataclass(frozen=True, slots=True)
class Header:
    """A header, read.

    Attributes:
        path: ``<table>/<verb>``, as the file's own place.
        parameters: Types, in the order of ``$1``, ``$2``, ...
        row: Name of the struct that a row is unpacked into; None for a single value.
        columns: Names and types, in their order.
    """

    path: str
    parameters: tuple[str, ...]
    cardinality: Cardinality
    row: str | None
    columns: tuple[tuple[str, str], ...]


def read_header(sql: str) -> Header:
    """Read the header of a file's text.

    Raises:
        ValueError: A line is missing or not of its form; the message has the line.
    """
    lines = _joined(sql)
    first = _match(_FIRST, lines[0])
    parameters: list[str] = []
    at = 1
    while lines[at].startswith("-- $"):
        parameter = _match(_PARAMETER, lines[at])
        if int(parameter["place"]) != at:
            raise ValueError(lines[at])
        parameters.append(parameter["type"])
        at += 1
    returns = _match(_RETURNS, lines[at])
    columns = [_match(_COLUMN, text) for text in (returns["columns"] or "").split(", ") if text]
    return Header(
        path=first["path"],
        parameters=tuple(parameters),
        cardinality=cast("Cardinality", returns["cardinality"]),
        row=returns["row"],
        columns=tuple((column["name"], column["type"]) for column in columns),
    )


def _joined(sql: str) -> list[str]:
    """Return the lines of the comment, each list of columns on one line; never empty."""
    lines: list[str] = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        if line.startswith(_MORE_COLUMNS) and lines:
            lines[-1] = f"{lines[-1]} {line.removeprefix(_MORE_COLUMNS)}"
        else:
            lines.append(line)
    return [*lines, ""]


def _match(pattern: re.Pattern[str], line: str) -> re.Match[str]:
    found = pattern.fullmatch(line)
    if found is None:
        raise ValueError(line)
    return found

"""Rows into structs, and violated constraints into domain errors.

A row struct's fields stand in the order of the statement's columns, so a row is unpacked into it
without names; the contract tests hold both against PostgreSQL.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Protocol, TypeVar

import asyncpg

from bridge.db.sql import Sql
from bridge.errors import BridgeError

Row = TypeVar("Row")


class Executor(Protocol):
    """What runs one statement: the `Database`, or a connection inside a transaction."""

    async def fetch(self, query: str, /, *args: object) -> list[asyncpg.Record]:
        """Run a statement and return its rows."""
        ...

    async def fetchrow(self, query: str, /, *args: object) -> asyncpg.Record | None:
        """Run a statement and return its first row."""
        ...

    async def execute(self, query: str, /, *args: object) -> str:
        """Run a statement and return PostgreSQL's command tag."""
        ...


async def fetch_one(db: Executor, row: type[Row], sql: Sql, *args: object) -> Row | None:
    """Return the first row as ``row``, or None."""
    found = await db.fetchrow(sql, *args)
    return None if found is None else row(*found)


async def fetch_all(db: Executor, row: type[Row], sql: Sql, *args: object) -> list[Row]:
    """Return every row as ``row``, in the statement's order."""
    return [row(*found) for found in await db.fetch(sql, *args)]


@contextmanager
def lock_errors(error: type[BridgeError]) -> Generator[None]:
    """Turn a lock that was not given in time into a domain error."""
    try:
        yield
    except asyncpg.LockNotAvailableError as exc:
        raise error from exc


@contextmanager
def constraint_errors(by_name: Mapping[str, type[BridgeError]]) -> Generator[None]:
    """Turn a violated constraint into the domain error registered for its name."""
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as exc:
        error = by_name.get(exc.constraint_name or "")
        if error is None:
            raise
        raise error from exc

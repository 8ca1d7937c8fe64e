"""The upstream's table of runs. ``RUNNING`` is never written; ARCHIVED is the last thing."""

import itertools
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from bridge.simulator.faults import Faults
from bridge.simulator.replies import refuse, whole_number

_DATABASE_DOWN: Final = "[Errno 111] Connect call failed ('127.0.0.1', 5432)"
_COLUMNS: Final = (
    "id",
    "bot_name",
    "instance_name",
    "deployed_at",
    "strategy_type",
    "strategy_name",
    "config_name",
    "stopped_at",
    "deployment_status",
    "run_status",
    "deployment_config",
    "final_status",
    "account_name",
    "image_version",
    "error_message",
)
_FILTERS: Final = (
    "bot_name",
    "account_name",
    "strategy_type",
    "strategy_name",
    "run_status",
    "deployment_status",
)


@dataclass(slots=True)
class Run:
    """One row, in the order of the answer. Both configs are JSON in a text."""

    id: int
    bot_name: str
    instance_name: str
    deployed_at: str
    stopped_at: str | None
    strategy_type: str
    strategy_name: str
    config_name: str
    account_name: str
    image_version: str
    deployment_status: Literal["DEPLOYED", "ARCHIVED"]
    run_status: Literal["CREATED", "STOPPED", "ERROR"]
    deployment_config: str
    final_status: str | None = None
    error_message: str | None = None


class BotRuns:
    """All runs; without its database nothing is written, and nobody is told."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._rows: list[Run] = []
        self._ids = itertools.count(1)

    def created(
        self, name: str, account: str, image: str, config: dict[str, object], at: str
    ) -> None:
        """Add the run of a bot that was just deployed."""
        if self._is_down():
            return
        self._rows.append(
            Run(
                id=next(self._ids),
                bot_name=name,
                instance_name=name,
                deployed_at=at,
                stopped_at=None,
                strategy_type="controller",
                strategy_name="v2_with_controllers",
                config_name=f"{name}.yml",
                account_name=account,
                image_version=image,
                deployment_status="DEPLOYED",
                run_status="CREATED",
                deployment_config=json.dumps(config),
            )
        )

    def stopped(
        self, name: str, at: str, status: object | None = None, error: str | None = None
    ) -> None:
        """Note the first stop of a bot; it stays so, also when the bot runs again."""
        for row in self._rows:
            if row.bot_name == name and row.run_status == "CREATED" and not self._is_down():
                row.run_status = "STOPPED" if error is None else "ERROR"
                row.stopped_at = at
                row.error_message = error
                if status is not None:
                    plain: object = msgspec.json.decode(msgspec.json.encode(status))
                    row.final_status = json.dumps(plain)

    def archived(self, name: str, at: str) -> None:
        """Note that a bot's container is gone."""
        for row in self._rows:
            if row.bot_name == name and not self._is_down():
                row.deployment_status = "ARCHIVED"
                row.stopped_at = at

    def page(self, query: Mapping[str, str]) -> dict[str, object]:
        """Return some runs, newest first; ``total`` counts those of the page only.

        Raises:
            RefusalError: 500: the database is down, or limit or offset is negative; 422.
        """
        limit = whole_number(query.get("limit", "100"), ["query", "limit"])
        offset = whole_number(query.get("offset", "0"), ["query", "offset"])
        self._require()
        for name, value in (("LIMIT", limit), ("OFFSET", offset)):
            if value < 0:
                refuse(500, _negative(name, limit, offset))
        rows = [msgspec.to_builtins(row) for row in reversed(self._rows)]
        for name in _FILTERS:
            if query.get(name):
                rows = [row for row in rows if row[name] == query[name]]
        rows = rows[offset : offset + limit]
        total = len(rows)
        return {"status": "success", "data": rows, "total": total, "limit": limit, "offset": offset}

    def get(self, identity: str) -> dict[str, object]:
        """Return one run.

        Raises:
            RefusalError: 404, 422 or 500.
        """
        return {"status": "success", "data": msgspec.to_builtins(self._find(identity))}

    def delete(self, identity: str) -> str:
        """Remove one run and return the name of its bot.

        Raises:
            RefusalError: 404, 422 or 500.
        """
        row = self._find(identity)
        self._rows.remove(row)
        return row.bot_name

    def stats(self) -> dict[str, object]:
        """Return counts; ``active_runs`` is always 0.

        Raises:
            RefusalError: 500: the database is down.
        """
        self._require()
        data = {
            "total_runs": len(self._rows),
            "active_runs": 0,
            "strategy_type_counts": Counter(row.strategy_type for row in self._rows),
            "status_counts": Counter(row.run_status for row in self._rows),
        }
        return {"status": "success", "data": data}

    def _find(self, identity: str) -> Run:
        number = whole_number(identity, ["path", "bot_run_id"])
        self._require()
        found = next((row for row in self._rows if row.id == number), None)
        return found or refuse(404, f"Bot run {number} not found")

    def _is_down(self) -> bool:
        return self._faults.is_on("database_dead")

    def _require(self) -> None:
        if self._is_down():
            refuse(500, _DATABASE_DOWN)


def _negative(name: str, limit: int, offset: int) -> str:
    columns = ", ".join(f"bot_runs.{column}" for column in _COLUMNS)
    return (
        f"(sqlalchemy.dialects.postgresql.asyncpg.Error) {name} must not be negative\n"
        f"[SQL: SELECT {columns} \nFROM bot_runs ORDER BY bot_runs.deployed_at DESC \n"
        " LIMIT $1::INTEGER OFFSET $2::INTEGER]\n"
        f"[parameters: ({limit}, {offset})]\n"
        "(Background on this error at: https://sqlalche.me/e/21/dbapi)"
    )

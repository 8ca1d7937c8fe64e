"""What the only writer of each account knows, and what readers were shown, compared in the end."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from tests.api.calls import Answer
from tests.api.stored import Stored

_READ: Final = """
SELECT
    coalesce((SELECT v.version FROM versions AS v WHERE v.account = $1), 0) AS version,
    coalesce(
        (
            SELECT
                json_agg(
                    json_build_object(
                        'id', b.id, 'name', b.name, 'revision', b.revision,
                        'desired_state', b.desired_state, 'config', b.config
                    ) ORDER BY b.created_at, b.id
                )
            FROM bots AS b
            WHERE b.account = $1 AND b.deleted_at IS NULL
        ),
        '[]'
    ) AS bots
"""
_COMPARED: Final = ("id", "name", "revision", "desired_state", "config")


def state_of(bots: list[dict[str, Any]]) -> str:
    """Return what writers change of a list of bots, as text."""
    state = [[bot[name] for name in _COMPARED] for bot in bots]
    return msgspec.json.encode(state, order="deterministic").decode()


class Account:
    """An account with one writer.

    Attributes:
        states: What a list of each version holds.
        bots: Ids of those that there are.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = f"/bots?account={name}"
        self.states: dict[int, str] = {}
        self.bots: list[str] = []
        self._told: list[tuple[float, int]] = []

    def __repr__(self) -> str:
        return self.name

    async def note(self, stored: Stored, answer: Answer | None = None) -> None:
        """Note what a write has come to, or may have without an acknowledgement."""
        at = time.monotonic()
        row = await stored.connection.fetchrow(_READ, self.name)
        assert row is not None
        version, bots = int(row["version"]), msgspec.json.decode(row["bots"])
        assert self.states.setdefault(version, state_of(bots)) == state_of(bots), self.name
        self.bots = [bot["id"] for bot in bots]
        if answer is None or answer.status < 300:
            self._told.append((at, version))

    def least(self, by: float) -> int:
        """Return the version that had been acknowledged by a monotonic time."""
        return max((version for at, version in self._told if at <= by), default=0)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader was shown of an account.

    Attributes:
        version: None in the list of all, which has none.
        least: What it had to be at least.
    """

    who: str
    account: Account
    version: int | None
    state: str
    least: int

    def check(self, seed: str) -> None:
        """Hold it against what the writer knows by now."""
        states = self.account.states
        versions = (
            [version for version, state in states.items() if state == self.state]
            if self.version is None
            else [self.version]
        )
        what = f"seed {seed}: {self}"
        assert versions, what
        assert max(versions) >= self.least, what
        assert states[max(versions)] == self.state, what


@dataclass
class History:
    """All that was seen, and how often what happened.

    Attributes:
        is_calm: No accidents happen any more, so that they do not hide what goes wrong by itself.
        is_over: Nothing is written any more.
    """

    accounts: list[Account] = field(default_factory=list[Account])
    seen: list[Seen] = field(default_factory=list[Seen])
    counts: Counter[str] = field(default_factory=Counter[str])
    is_calm: bool = False
    is_over: bool = False

    def check(self, seed: str) -> None:
        """Hold all that was seen against what the writers know by now."""
        for each in self.seen:
            each.check(seed)

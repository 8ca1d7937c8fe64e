"""Exchanges with a real Hummingbot API, as they stand in ``recorded``."""

import json
from functools import cache
from pathlib import Path

from msgspec import UNSET, Struct, UnsetType, convert

from bridge.hummingbot.protocol.messages import Reply

FOLDER = Path(__file__).parent / "recorded"
SUBJECTS = (
    *("server", "accounts", "credentials", "config_maps", "connectors", "configs", "deploy"),
    *("status", "stop", "archive", "instances", "docker", "runs", "faults"),
)


class Exchange(Struct, frozen=True):
    """One request and its answer.

    Attributes:
        path: As a person writes it, not percent-encoded.
        response: The decoded JSON, or the text of a body that was none.
        note: What was special, or what is cut.
    """

    name: str
    method: str
    path: str
    status: int
    response: object
    query: dict[str, object] = {}
    request: object | UnsetType = UNSET
    headers: dict[str, str] = {}
    note: str = ""

    def reply(self) -> Reply:
        """Return the answer as it came over the wire."""
        is_plain = self.response == "Internal Server Error"
        body = str(self.response) if is_plain else json.dumps(self.response, ensure_ascii=False)
        kind = "text/plain; charset=utf-8" if is_plain else "application/json"
        return Reply(self.status, {"content-type": kind, **self.headers}, body.encode())


@cache
def recorded(subject: str) -> tuple[Exchange, ...]:
    """Return the exchanges of one file."""
    lines = (FOLDER / f"{subject}.jsonl").read_text("utf-8").splitlines()
    return tuple(convert(json.loads(line), Exchange) for line in lines[1:])


@cache
def exchanges() -> dict[str, Exchange]:
    """Return every exchange that the bridge has a use for, by its name."""
    everything = [exchange for subject in SUBJECTS for exchange in recorded(subject)]
    by_name = {exchange.name: exchange for exchange in everything}
    assert len(by_name) == len(everything), "two exchanges have one name"
    return by_name


def reply_of(name: str) -> Reply:
    """Return the recorded answer of this name."""
    return exchanges()[name].reply()

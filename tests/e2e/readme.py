"""The README's steps: reading them out of the page, and comparing answers without what differs."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
_STEP = re.compile(
    r"<!-- step -->\n```console\n\$ (?P<command>.*?[^\\])\n(?P<answer>.*?)\n```", re.DOTALL
)
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_INSTANCE = re.compile(r"(hummingbot-client_sharp_foundation-)[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Step:
    """A shell command of the page and the answer that it shows."""

    command: str
    answer: str


def steps() -> Iterator[Step]:
    """Yield the steps in their order."""
    for match in _STEP.finditer(README.read_text(encoding="utf-8")):
        yield Step(match["command"], match["answer"])


def comparable(answer: str) -> object:
    """Return an answer without ids and times."""
    for pattern, word in ((_ID, "<id>"), (_TIME, "<time>"), (_INSTANCE, r"\1<id>")):
        answer = pattern.sub(word, answer)
    return json.loads(answer)

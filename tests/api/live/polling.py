"""Polls, and which of them the front has answered from memory."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Final

from tests.api.calls import Answer, Api, ok

_PATIENCE_SECONDS: Final = 20
_POLL_SECONDS: Final = 0.005
# The gate names requests by 32 hex digits.
_HOT: Final = re.compile(r"[0-9a-f]{12}-[0-9a-f]+")
# Those differ from one answer to the next whoever gives it.
_OF_THE_MOMENT: Final = {"x-request-id", "date"}


def is_hot(answer: Answer) -> bool:
    """Whether the front gave this answer."""
    return _HOT.fullmatch(answer.headers["X-Request-ID"]) is not None


async def poll(api: Api, path: str, method: str = "GET", **headers: str) -> Answer:
    """Poll without taking a compressed answer, unless the headers say so."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.call(method, path, headers={"Accept-Encoding": "identity"} | named)


async def hot(api: Api, path: str, method: str = "GET", **headers: str) -> Answer:
    """Poll until the answer comes from memory, and return it."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            answer = await poll(api, path, method, **headers)
            if is_hot(answer):
                return answer
            await asyncio.sleep(_POLL_SECONDS)


async def cold(api: Api, path: str, method: str = "GET", **headers: str) -> Answer:
    """Poll past the front, which leaves requests that have a name to others."""
    answer = await poll(api, path, method, X_Request_ID="mine", **headers)
    assert not is_hot(answer)
    return answer


def names(answer: Answer) -> list[str]:
    """Return how the bots in a list are called."""
    return [bot["name"] for bot in ok(answer)["bots"]]


async def until_names(api: Api, path: str, *wanted: str) -> Answer:
    """Poll until the bots are called so, and return that answer."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            answer = await poll(api, path)
            if names(answer) == list(wanted):
                return answer
            await asyncio.sleep(_POLL_SECONDS)


def lasting(answer: Answer) -> list[tuple[str, str]]:
    """Return the headers that equal answers have in common, in no order."""
    headers: Mapping[str, Any] = answer.headers
    pairs = [(name.lower(), value) for name, value in headers.items()]
    return sorted(pair for pair in pairs if pair[0] not in _OF_THE_MOMENT)


def words(answer: Answer, name: str) -> set[str]:
    """Return the words of a header that is a list, in lower case."""
    return {
        word.strip().lower() for line in answer.headers.getall(name, []) for word in line.split(",")
    }

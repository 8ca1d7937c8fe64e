"""Calls over real HTTP, and what every answer of one kind has in common."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"

_PROBLEM_KEYS: Final = {"type", "title", "status", "detail", "code", "request_id"}
_CODE: Final = re.compile(r"[a-z]+(-[a-z]+)*")
_NOTHING: Final = object()


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, read to its end."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON of any shape
        """The body, which is JSON and says so."""
        assert self.headers["Content-Type"].split(";")[0] in (JSON, PROBLEM), self
        return json.loads(self.body)


class Api:
    """One server, called as a program calls it: no cookies, no redirects, no retries."""

    def __init__(self, session: aiohttp.ClientSession, origin: str) -> None:
        self._session = session
        self.origin = origin

    async def call(
        self,
        method: str,
        path: str,
        json_body: object = _NOTHING,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request; the path goes out exactly as given, and JSON with its content type."""
        sent = dict(headers or {})
        if json_body is not _NOTHING:
            body = json.dumps(json_body).encode()
            sent.setdefault("Content-Type", JSON)
        url = URL(self.origin + path, encoded=True)
        async with self._session.request(
            method,
            url,
            data=body,
            headers=sent,
            skip_auto_headers=("Content-Type", "User-Agent"),
            allow_redirects=False,
        ) as response:
            return Answer(response.status, response.headers, await response.read())

    async def get(self, path: str, **headers: str) -> Answer:
        """Read; header names are given with ``_`` for ``-``."""
        return await self.call("GET", path, headers=_named(headers))

    async def post(self, path: str, json_body: object = _NOTHING, **headers: str) -> Answer:
        """Send JSON, or no body at all."""
        return await self.call("POST", path, json_body, headers=_named(headers))

    async def put(self, path: str, json_body: object, **headers: str) -> Answer:
        """Send JSON."""
        return await self.call("PUT", path, json_body, headers=_named(headers))

    async def patch(self, path: str, json_body: object, **headers: str) -> Answer:
        """Send JSON."""
        return await self.call("PATCH", path, json_body, headers=_named(headers))

    async def delete(self, path: str, **headers: str) -> Answer:
        """Delete."""
        return await self.call("DELETE", path, headers=_named(headers))


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def ok(answer: Answer, status: int = 200) -> Any:  # noqa: ANN401 - JSON of any shape
    """Return the JSON of a success."""
    assert answer.status == status, (answer.status, answer.body)
    assert answer.headers["Content-Type"].split(";")[0] == JSON
    assert answer.headers["X-Request-ID"]
    return answer.json


def problem(answer: Answer, status: int, code: str, *fields: str) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON of an error after checking all that every problem promises."""
    assert answer.headers["Content-Type"] == PROBLEM, (answer.status, answer.body)
    said = answer.json
    assert (answer.status, said["status"], said["code"]) == (status, status, code), answer.body
    check_problem(answer)
    if fields:
        assert [error["field"] for error in said["errors"]] == list(fields), said
    return said


def check_problem(answer: Answer) -> None:
    """Hold an error answer against RFC 9457 and the page that describes ours."""
    said = answer.json
    assert said.keys() - {"errors"} == _PROBLEM_KEYS, said
    assert _CODE.fullmatch(said["code"])
    assert said["type"] == f"urn:trading-bridge:problem:{said['code']}"
    assert said["title"] == HTTPStatus(answer.status).phrase
    assert said["request_id"] == answer.headers["X-Request-ID"]
    assert isinstance(said["detail"], str)
    assert said["detail"]
    for error in said.get("errors", []):
        assert error.keys() == {"field", "message"}
        assert error["field"]
        assert error["message"]

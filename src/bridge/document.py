"""The OpenAPI document, with what Litestar does not see: what stands before it, and what all share.

Pure: one document in, the same one completed.
"""

from dataclasses import fields
from http import HTTPStatus
from typing import Any, Final

from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import OpenAPI

from bridge.access.gate import STREAM_PATH
from bridge.access.roles import RULES
from bridge.idempotency.keys import HEADER, MAX_KEY_CHARS, METHODS
from bridge.problems import MEDIA_TYPE

Json = dict[str, Any]

# They store nothing that could be repeated, and look at no key.
_WITHOUT_KEY: Final = frozenset(
    {
        "POST /auth/verify",
        "POST /auth/logout",
        "POST /auth/ticket",
        "POST /bots/{bot_id}/health/check",
    }
)
_KEY: Final[Json] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": (
        "Made up anew for each request; the same request sent again with it is done once and gets"
        " the same answer, for 24 hours."
    ),
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_KEY_CHARS,
        "pattern": "^[!-~]+$",
    },
}
_TICKET: Final[Json] = {
    "type": "apiKey",
    "in": "query",
    "name": "ticket",
    "description": "What `POST /auth/ticket` answered, once, where no header can be sent.",
}


def _problem(status: HTTPStatus) -> Json:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": status.phrase, "content": {MEDIA_TYPE: {"schema": schema}}}


_STREAM: Final[Json] = {
    "operationId": "streamBots",
    "summary": "StreamBots",
    "description": (
        "Return the bots again each time when they have changed, as Server-Sent Events: `event:"
        " bots`, `data` as a poll's body, `id` as its `ETag`."
    ),
    "tags": ["bots"],
    "security": [{"key": []}, {"ticket": []}],
    "parameters": [
        {
            "name": "account",
            "in": "query",
            "required": False,
            "description": "Only this account's bots.",
            "schema": {"type": "string", "maxLength": 64},
        },
        {
            "name": "Last-Event-ID",
            "in": "header",
            "required": False,
            "description": "The `id` of the last event; the state is sent only if it is another.",
            "schema": {"type": "string"},
        },
    ],
    "responses": {
        "200": {
            "description": "Events, until one of the two leaves",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **{
            str(status.value): _problem(status)
            for status in (
                HTTPStatus.UNAUTHORIZED,
                HTTPStatus.UNPROCESSABLE_ENTITY,
                HTTPStatus.TOO_MANY_REQUESTS,
                HTTPStatus.SERVICE_UNAVAILABLE,
            )
        },
    },
}


class Document(OpenAPI):
    """What Litestar found out, and the rest."""

    def to_schema(self) -> Json:
        """Return the whole document."""
        return completed(super().to_schema())


class DocumentConfig(OpenAPIConfig):
    """Makes a `Document`."""

    def to_openapi_schema(self) -> OpenAPI:
        """Return what Litestar fills in."""
        made = super().to_openapi_schema()
        return Document(**{each.name: getattr(made, each.name) for each in fields(made)})


def completed(document: Json) -> Json:
    """Complete a document of Litestar's, in place, and return it."""
    document["paths"][STREAM_PATH] = {"get": _STREAM}
    document["components"]["securitySchemes"]["ticket"] = _TICKET
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            route = f"{method.upper()} {path}"
            rule = RULES[route]
            if rule.reach is None:
                operation["security"] = []  # Litestar leaves an empty list out
            elif method == "get" or rule.is_limited:
                _add_answer(operation, HTTPStatus.TOO_MANY_REQUESTS)
            if method.upper() in METHODS and route not in _WITHOUT_KEY:
                operation["parameters"] = [*operation.get("parameters", ()), _KEY]
                _add_answer(operation, HTTPStatus.CONFLICT)
                _add_answer(operation, HTTPStatus.UNPROCESSABLE_ENTITY)
    return document


def _add_answer(operation: Json, status: HTTPStatus) -> None:
    operation["responses"].setdefault(str(status.value), _problem(status))

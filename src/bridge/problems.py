"""Failures as RFC 9457 problems: the one place where an error becomes an HTTP answer.

A problem is ``{type, title, status, detail, code, request_id, errors?}``; ``detail`` is one human
sentence, ``code`` is stable. What a person did not cause is logged with the request id; what is
logged never contains a driver's text, since that may quote stored values.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException

from bridge import errors as e
from bridge.bodies import plain_sentence
from bridge.hummingbot import errors as upstream
from bridge.idempotency.writes import AlreadyAnswered

_LOG: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

AnyRequest = Request[Any, Any, Any]
Handler = Callable[[AnyRequest, Any], "Response[Any]"]

MEDIA_TYPE = "application/problem+json"

# The first class in an error's method resolution order that stands here decides.
STATUS_BY_ERROR: Mapping[type[e.BridgeError], int] = {
    e.NotFoundError: 404,
    e.ConflictError: 409,
    e.BodyLateError: 408,
    e.BodyTooLargeError: 413,
    e.UnsupportedMediaTypeError: 415,
    e.InputError: 400,
    e.RuleError: 422,
    e.AuthenticationError: 401,
    e.ForbiddenError: 403,
    e.TooManyRequestsError: 429,
    e.UnavailableError: 503,
    upstream.UpstreamUnavailableError: 503,
    upstream.UpstreamTimeoutError: 504,
    upstream.UpstreamInputError: 422,
    upstream.UpstreamRejectedError: 409,
    upstream.UpstreamError: 502,
    e.ConfigurationError: 500,
    e.SealError: 500,
}

_HTTP_SENTENCES = {
    404: ("not-found", "There is nothing at this address."),
    405: ("method-not-allowed", "This address does not take this method."),
    413: (e.BodyTooLargeError.code, "The request body is larger than this server takes."),
}


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of every error answer (RFC 9457).

    Attributes:
        code: Stable, kebab-case; what programs compare.
        detail: One sentence for people.
        errors: For wrong input, one entry per field.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: tuple[e.FieldError, ...] = ()


def status_of(error: e.BridgeError) -> int:
    """Return the HTTP status of an error; LookupError means that the table lacks its class."""
    for cls in type(error).__mro__:
        if cls in STATUS_BY_ERROR:
            return STATUS_BY_ERROR[cls]
    raise LookupError(type(error).__name__)


def problem_of(error: e.BridgeError, request_id: str) -> tuple[Problem, dict[str, str]]:
    """Return the problem and the headers that go with it."""
    headers: dict[str, str] = {}
    status = status_of(error)
    if error.retry_after_seconds is not None:
        headers["Retry-After"] = str(error.retry_after_seconds)
    if isinstance(error, e.AuthenticationError):
        headers["WWW-Authenticate"] = 'Bearer realm="trading-bridge"'
    if isinstance(error, e.BodyLateError):
        headers["Connection"] = "close"  # what may still come is nobody's request
    return _problem(status, error.code, error.detail, request_id, error.errors), headers


def _problem(
    status: int, code: str, detail: str, request_id: str, errors: tuple[e.FieldError, ...] = ()
) -> Problem:
    return Problem(
        type=f"urn:trading-bridge:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        request_id=request_id,
        errors=errors,
    )


def _answer(problem: Problem, headers: Mapping[str, str]) -> Response[Problem]:
    return Response(
        problem, status_code=problem.status, media_type=MEDIA_TYPE, headers=dict(headers)
    )


def _request_id(request: AnyRequest) -> str:
    return str(request.scope["state"].get("request_id", ""))


def _bridge_error(request: AnyRequest, error: e.BridgeError) -> Response[Problem]:
    problem, headers = problem_of(error, _request_id(request))
    return _answer(problem, headers)


def _validation_error(request: AnyRequest, error: ValidationException) -> Response[Problem]:
    """Query and path parameters; bodies are decoded by ``bodies`` and never come here."""
    extra: object = error.extra
    entries = msgspec.convert(extra, list[dict[str, object]]) if isinstance(extra, list) else []
    fields = (
        e.FieldError(str(entry.get("key", "request")), _sentence(str(entry.get("message", ""))))
        for entry in entries
    )
    return _bridge_error(request, e.RuleError(*fields, detail=None if entries else error.detail))


def _sentence(message: str) -> str:
    # A parameter that was not sent is null to Litestar; nobody can send it.
    return plain_sentence(message.replace(" | null", ""))


def _http_error(request: AnyRequest, error: HTTPException) -> Response[Problem]:
    status = error.status_code
    code, detail = _HTTP_SENTENCES.get(status, ("http-error", HTTPStatus(status).phrase + "."))
    return _answer(_problem(status, code, detail, _request_id(request)), error.headers or {})


def _bug(request: AnyRequest, error: Exception) -> Response[Problem]:
    request_id = _request_id(request)
    _LOG.error(
        "unexpected error", request_id=request_id, error=type(error).__name__, exc_info=error
    )
    detail = "Something went wrong on our side; the log has it under this request id."
    return _answer(_problem(500, "internal-error", detail, request_id), {})


def _answer_again(_request: AnyRequest, kept: AlreadyAnswered) -> Response[bytes]:
    return Response(
        kept.answer,
        status_code=kept.status,
        media_type=MediaType.JSON,
        headers={"Idempotent-Replayed": "true"},
    )


def exception_handlers() -> dict[int | type[Exception], Handler]:
    """Return the handlers for ``Litestar(exception_handlers=...)``."""
    return {
        e.BridgeError: _bridge_error,
        AlreadyAnswered: _answer_again,
        ValidationException: _validation_error,
        HTTPException: _http_error,
        Exception: _bug,
    }

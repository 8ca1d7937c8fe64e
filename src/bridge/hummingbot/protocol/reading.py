"""What all decoders share: shapes, error texts, and what a status means when a call says no more.

Errors come as ``{"detail": text}``, as a 422 with a list, and as plain text with status 500. Text
that is not JSON is never quoted: it may be a proxy's page.
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final, TypeVar

import msgspec

from bridge.hummingbot.errors import (
    UpstreamAuthenticationError,
    UpstreamError,
    UpstreamInputError,
    UpstreamProtocolError,
    UpstreamRejectedError,
    UpstreamTimeoutError,
)
from bridge.hummingbot.protocol.messages import Reply
from bridge.hummingbot.scrub import scrub
from bridge.hummingbot.wire import Failure, Message

T = TypeVar("T")

# msgspec raises the last two for bytes that are no UTF-8 and for arrays nested too deep.
UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_FAILURE: Final = msgspec.json.Decoder(Failure)
_MESSAGE: Final = msgspec.json.Decoder(Message)
_NO_SUCH_CALL: Final = "Not Found"  # the framework's own words [unknown_path]


def decode(reply: Reply, decoder: "msgspec.json.Decoder[T]", *, status: int = 200) -> T:
    """Return the body of a reply with this status.

    Raises:
        UpstreamError: It has another status; see `refusal`.
        UpstreamProtocolError: It is of another shape.
    """
    if reply.status != status:
        raise refusal(reply)
    try:
        return decoder.decode(reply.body)
    except UNREADABLE as exc:
        raise UpstreamProtocolError from exc


def decode_done(reply: Reply, *, status: int = 200) -> None:
    """Return when the reply is the sentence that ends a call with an effect.

    Raises:
        UpstreamError: As `decode`.
    """
    decode(reply, _MESSAGE, status=status)


def said(reply: Reply, status: int | None = None) -> str:
    """Return the text of an error, not scrubbed; empty when there is none of a known shape.

    Args:
        reply: The answer.
        status: When given, an answer with another status says nothing.
    """
    if status is not None and reply.status != status:
        return ""
    try:
        detail = _FAILURE.decode(reply.body).detail
    except UNREADABLE:
        return ""
    if isinstance(detail, str):
        return detail
    return "; ".join(f"{'.'.join(map(str, each.loc))}: {each.msg}" for each in detail)


def says(reply: Reply, status: int, words: str) -> bool:
    """Whether this is an error with this status and these words in its text."""
    return words in said(reply, status)


def is_crash(reply: Reply) -> bool:
    """Whether the upstream's code broke on the request: status 500 without a word of its own."""
    return reply.status == HTTPStatus.INTERNAL_SERVER_ERROR and not said(reply)


def refusal(reply: Reply, secrets: Iterable[str] = ()) -> UpstreamError:
    """Return the error for a reply that the call's own decoder has no better name for."""
    text = said(reply)
    reason = scrub(text, secrets)
    match reply.status:
        case 401 | 403:
            return UpstreamAuthenticationError(reason=reason)
        case 404 if text in ("", _NO_SUCH_CALL):
            return UpstreamProtocolError("The Hummingbot API has no such call.")
        case 405:
            return UpstreamProtocolError("The Hummingbot API has no such call.")
        case 408 | 504:
            return UpstreamTimeoutError(reason=reason)
        case 422:
            return UpstreamInputError(reason=reason)
        case _:
            return _by_class(reply.status, reason)


def _by_class(status: int, reason: str) -> UpstreamError:
    match status // 100:
        case 4:
            return UpstreamRejectedError(reason=reason)
        case 5:
            return UpstreamError(reason=reason)
        case _:
            return UpstreamProtocolError(reason=reason)

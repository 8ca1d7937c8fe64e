"""The Idempotency-Key of a request: what it may look like, and what it stands for. Pure."""

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import msgspec

from bridge.errors import ConflictError, FieldError, RuleError

HEADER: Final = "Idempotency-Key"
METHODS: Final = frozenset({"POST", "PUT"})
MAX_KEY_CHARS: Final = 255
_REUSED: Final = (
    "This Idempotency-Key was sent with another request before; take a new one for this one."
)
_KEY: Final = re.compile(r"[\x21-\x7e]+")


class KeyInUseError(ConflictError):
    """A request with this Idempotency-Key is still being done; send it again in a moment."""

    code = "idempotency-key-in-use"
    retry_after_seconds = 1


class KeyReusedError(RuleError):
    """This Idempotency-Key was sent with another request before; take a new one for this one."""

    code = "idempotency-key-reused"

    def __init__(self) -> None:
        field = FieldError("Idempotency-Key", "was sent with another request before")
        super().__init__(field, detail=_REUSED)


class RequestKey(msgspec.Struct, frozen=True):
    """The key that somebody gave a request.

    Attributes:
        text: As it was sent; it counts for its sender only.
        fingerprint: 32 bytes that another request has not.
    """

    text: str
    fingerprint: bytes


def parse_key(sent: Sequence[str]) -> str | None:
    """Return the key, or None when none was sent.

    Args:
        sent: The values of the header, one for each time that it is there.

    Raises:
        RuleError: Names the header: it is there twice, or holds what no key does.
    """
    if not sent:
        return None
    if len(sent) > 1:
        raise RuleError(FieldError(HEADER, "must be there only once"))
    key = sent[0].strip()
    if len(key) > MAX_KEY_CHARS:
        raise RuleError(FieldError(HEADER, f"must be at most {MAX_KEY_CHARS} characters long"))
    if _KEY.fullmatch(key) is None:
        raise RuleError(FieldError(HEADER, "must be visible ASCII characters without blanks"))
    return key


def fingerprint(method: str, path: str, query: bytes, actor: str, body: bytes) -> bytes:
    """Return what tells this request from others under the same key."""
    parts = (method.encode(), path.encode("utf-8", "surrogatepass"), query, actor.encode(), body)
    digest = sha256()
    for part in parts:
        # Its length before each, so that no two requests read alike.
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()

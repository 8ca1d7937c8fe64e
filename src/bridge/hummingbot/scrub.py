"""Texts from outside made fit to be shown, logged and stored: one short line without secrets.

An exchange's error quotes the URL that was called, whose query may hold a key or a signature; some
quote the key itself. What was sent is cut out in every form in which it can come back.
"""

import json
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, quote_plus

MAX_CHARS: Final = 300
MASK: Final = "****"

_SHORT_CHARS: Final = 4
_READ_CHARS: Final = 4 * MAX_CHARS  # what the expressions below cost grows with the square
_SPACES: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
_HELP: Final = re.compile(r" ?For further information visit \S+")
_USERINFO: Final = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^\s/?#'\"<>]*@")
_URL_QUERY: Final = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://[^\s?#'\"<>]*)[?#][^\s'\"<>]*")
_QUERY_SECRET: Final = re.compile(
    r"(?i)\b((?:api[_-]?key|secret|signature|sign|token|passphrase|password|memo)=)[^\s&'\",;)]+"
)
_AUTHORIZATION: Final = re.compile(r"\b([Bb]asic|[Bb]earer) [A-Za-z0-9+/._~=-]{8,}")


def scrub(text: str, secrets: Iterable[str] = (), *, max_chars: int = MAX_CHARS) -> str:
    """Return the text as one line of at most ``max_chars``, without secrets.

    Args:
        text: From the upstream, or what it quotes from an exchange.
        secrets: What was sent and must not come back, such as every credential of the call.
            One of fewer than four characters is cut only where it stands alone.
        max_chars: What is longer ends in an ellipsis.
    """
    for form in sorted(_forms(secrets), key=len, reverse=True):
        text = _without(text, form)
    text = _SPACES.sub(" ", text).strip()
    if len(text) > _READ_CHARS:
        text = text[:_READ_CHARS].rpartition(" ")[0]  # half a word may be half a password
    if "://" in text:
        text = _URL_QUERY.sub(r"\1", _USERINFO.sub(r"\1", _HELP.sub("", text)))
    if "=" in text:
        text = _QUERY_SECRET.sub(rf"\1{MASK}", text)
    text = _AUTHORIZATION.sub(rf"\1 {MASK}", text)
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()  # PostgreSQL takes no lone surrogate
    return text if len(text) <= max_chars else text[: max_chars - 1] + "…"


def _forms(secrets: Iterable[str]) -> set[str]:
    forms: set[str] = set()
    for secret in secrets:
        written = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
        written |= {repr(secret)[1:-1]}
        raw = secret.encode("utf-8", "replace")
        forms |= written | {quote(raw), quote(raw, safe=""), quote_plus(raw)}
    return {form for form in forms if form.strip()}


def _without(text: str, form: str) -> str:
    if len(form) >= _SHORT_CHARS:
        return text.replace(form, MASK)
    return re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", MASK, text)

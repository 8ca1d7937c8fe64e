"""What a request says about the answer it has already: If-None-Match, Prefer: wait. Pure."""

import re
from collections.abc import Iterable
from typing import Final

from bridge.errors import FieldError, InputError

MOST_WAIT_SECONDS: Final = 30

_LISTS: Final = frozenset({b"accept-encoding", b"if-none-match", b"prefer"})
# RFC 9110, 8.8.3: an entity tag holds no space, quote or control character.
_TAG: Final = re.compile(rb'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_LIST: Final = re.compile(rb'[ \t,]*(?:(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"[ \t]*(?:,[ \t,]*|$))+')
# RFC 9110, 5.6.2: these go on with a name, so ``wait-long`` is another preference.
_ASKS_TO_WAIT: Final = re.compile(r"wait(?![!#$%&'*+.^_`|~0-9a-z-])", re.IGNORECASE)
_WAIT: Final = re.compile(r'wait\s*=\s*("?)(?P<seconds>[^";,\s]*)\1', re.IGNORECASE)
_WHOLE: Final = re.compile(r"[0-9]{1,9}")


class PreferenceError(InputError):
    """A preference cannot be read."""

    code = "invalid-header"


def by_name(raw: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return headers by name; those that are lists are whole, on however many lines they came."""
    lines = list(raw)
    headers = dict(lines)
    if len(headers) < len(lines):  # RFC 9110, 5.3
        for name in _LISTS & headers.keys():
            headers[name] = b", ".join(value for each, value in lines if each == name)
    return headers


def has_current(if_none_match: bytes, etag: bytes) -> bool:
    """Whether the sender holds the answer with this tag (RFC 9110, 13.1.2: weak comparison).

    What is no list of entity tags names none: the answer is sent in full.

    Args:
        if_none_match: The header's value.
        etag: As we send it, weak.
    """
    value = if_none_match.strip()
    if value == b"*":
        return True
    if _LIST.fullmatch(value) is None:
        return False
    return etag.removeprefix(b"W/") in _TAG.findall(value)


def wait_seconds(prefer: bytes) -> int:
    """Return how long the sender would wait for a change (RFC 7240); 0: not at all.

    Raises:
        PreferenceError: It asks to wait, but not for a whole number of seconds.
    """
    for preference in prefer.decode("latin-1").split(","):
        name = preference.partition(";")[0].strip()
        if _ASKS_TO_WAIT.match(name) is None:
            continue
        found = _WAIT.fullmatch(name)
        if found is None or _WHOLE.fullmatch(found["seconds"]) is None:
            problem = "wait must be a whole number of seconds, such as wait=25"
            raise PreferenceError(errors=(FieldError("Prefer", problem),))
        return min(int(found["seconds"]), MOST_WAIT_SECONDS)
    return 0

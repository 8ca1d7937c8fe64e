"""The secrets that callers carry, as texts: made, taken apart, hashed. Pure.

Each begins with its kind and ends in a checksum, so that scanners of leaked secrets know them and
what cannot be ours is refused without asking the database. None is ever stored: only its SHA-256,
which is enough for 256 random bits.
"""

import re
import secrets
from hashlib import sha256
from typing import Final, Literal, NamedTuple
from zlib import crc32

TokenKind = Literal["key", "session", "ticket"]

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_BYTES: Final = 32
_SECRET_LENGTH: Final = 43  # 62**43 > 2**256
_CHECK_LENGTH: Final = 6  # 62**6 > 2**32
_PUBLIC_ID_LENGTH: Final = 12
_KINDS: Final[dict[str, TokenKind]] = {"brg": "key", "brs": "session", "brt": "ticket"}
_FORM: Final = re.compile(
    r"(?P<prefix>brg|brs|brt)_(?:(?P<public_id>[0-9A-Za-z]{12})_)?"
    r"(?P<secret>[0-9A-Za-z]{43})(?P<check>[0-9A-Za-z]{6})"
)


class Token(NamedTuple):
    """A text that has the form of one of ours.

    Attributes:
        public_id: Of a key, else empty.
        digest: SHA-256 of the whole text.
    """

    kind: TokenKind
    public_id: str
    digest: bytes


def new_public_id() -> str:
    """Return the part of a key that may be shown."""
    return "".join(secrets.choice(_DIGITS) for _ in range(_PUBLIC_ID_LENGTH))


def new_key(public_id: str) -> str:
    """Return an API key; it is shown once."""
    return _with_check(f"brg_{public_id}_{_new_secret()}")


def new_session_token() -> str:
    """Return what a logged-in browser carries."""
    return _with_check(f"brs_{_new_secret()}")


def new_ticket() -> str:
    """Return what opens one stream."""
    return _with_check(f"brt_{_new_secret()}")


def digest_of(text: str) -> bytes:
    """Return what is stored of a token."""
    return sha256(text.encode()).digest()


def parse_token(text: str) -> Token | None:
    """Return what a text says that it is; None when it cannot be ours."""
    found = _FORM.fullmatch(text)
    if found is None or text != _with_check(text[:-_CHECK_LENGTH]):
        return None
    kind, public_id = _KINDS[found["prefix"]], found["public_id"] or ""
    if (kind == "key") != bool(public_id):
        return None
    return Token(kind, public_id, digest_of(text))


def _new_secret() -> str:
    return _in_base62(int.from_bytes(secrets.token_bytes(_SECRET_BYTES)), _SECRET_LENGTH)


def _with_check(text: str) -> str:
    return text + _in_base62(crc32(text.encode()), _CHECK_LENGTH)


def _in_base62(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits

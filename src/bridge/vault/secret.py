"""A text that neither prints, nor formats, nor pickles, nor encodes: settings and credentials.

Python can't wipe a string from memory; this type only keeps a secret out of what is written down.
"""

from hashlib import sha256
from hmac import compare_digest
from typing import Final, NoReturn, Self, SupportsIndex

from bridge.text import UNSTORABLE_SENTENCE, is_storable

MAX_SECRET_CHARS: Final = 8192  # a private key in PEM is the longest known; RSA 4096 has 3,300
_MASK: Final = "****"


class Secret:
    """A secret text. Only `reveal` gives it away, so that every use can be found by that word."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself; the caller must not log, store or send it in the clear."""
        return self._text

    def matches(self, candidate: str) -> bool:
        """Compare with a text from outside; takes equally long wherever they differ."""
        return compare_digest(_digest(self._text), _digest(candidate))

    def is_blank(self) -> bool:
        """Whether there is nothing but blanks in it."""
        return not self._text.strip()

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return self.matches(other.reveal()) if isinstance(other, Secret) else NotImplemented

    # No key of a set or dict: look-ups there do not take equal time. Python's own way to say so,
    # which pyright knows only for the case that the line is left out.
    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        return f"Secret({_MASK})"

    def __str__(self) -> str:
        return _MASK

    def __format__(self, format_spec: str) -> str:
        return _MASK

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        msg = "a Secret is not pickled"
        raise TypeError(msg)


def _digest(text: str) -> bytes:
    # Of equal length whatever the text, so that comparing does not tell how long the secret is.
    # An environment variable that is no UTF-8 arrives with surrogates.
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def dec_hook(type_: type, value: object) -> object:
    """Decode a Secret: msgspec's ``dec_hook``, and a Litestar type decoder for ``Secret``.

    Raises:
        ValueError: The text cannot be a secret; msgspec makes a ValidationError that names the
            field, without the value.
        NotImplementedError: Another type than Secret is asked for.
    """
    if type_ is not Secret:
        raise NotImplementedError
    if not isinstance(value, str):
        msg = "must be text"
        raise ValueError(msg)  # noqa: TRY004 - a fault of the input, like the others here
    if len(value) > MAX_SECRET_CHARS:
        msg = f"must be at most {MAX_SECRET_CHARS} characters long"
        raise ValueError(msg)
    if not is_storable(value):
        raise ValueError(UNSTORABLE_SENTENCE)
    return Secret(value)

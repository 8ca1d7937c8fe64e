"""What text from outside may hold: the limits of each kind of field, and one check for all of them.

The limits stand in the types, so that decoding names the field that is too long and OpenAPI shows
the number. What characters a text may hold is no pattern in a type: such an error shows a regular
expression to a person. `check_texts` says it in words, for every string of an input struct at once.

A lone surrogate never arrives as JSON (msgspec 0.22 refuses it as malformed), but a path or a query
may carry one, and neither it nor NUL can be stored in PostgreSQL.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Annotated, Final, cast

import msgspec
from msgspec import Meta

from bridge.errors import FieldError, RuleError

Name = Annotated[
    str,
    Meta(min_length=1, max_length=200, description="A name for people.", examples=["Sharp Labs"]),
]
Email = Annotated[
    str,
    Meta(
        max_length=254,
        description="An e-mail address; empty for none.",
        examples=["ops@example.com"],
    ),
]
AccountText = Annotated[
    str,
    Meta(
        max_length=64,
        description="Letters, digits, _ and -; a client's name on the Hummingbot API.",
        examples=["client_sharp"],
    ),
]
ChainText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=16,
        description="evm or solana, in any letter case.",
        examples=["evm"],
    ),
]
AddressText = Annotated[
    str,
    Meta(
        max_length=100,
        description="EVM: 0x and 40 hex digits. Solana: base58 of 32 bytes.",
        examples=["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"],
    ),
]
ConnectorText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="An exchange, by its Hummingbot connector name.",
        examples=["bitmart"],
    ),
]
PairText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=80,
        description="BASE/QUOTE, in any letter case.",
        examples=["SHARP/USDT"],
    ),
]
StrategyText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="A strategy that the bridge knows.",
        examples=["spread"],
    ),
]

UNSTORABLE_SENTENCE: Final = "must not contain NUL or lone surrogates"
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
# C0 and C1 controls, line and paragraph separators, and the bidirectional overrides and isolates
# with which one name can be made to look like another.
_CONTROL: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can hold this text: it has neither NUL nor a lone surrogate."""
    return _UNSTORABLE.search(text) is None


def text_problem(text: str) -> str | None:
    """Say what a one-line text must not hold, or None when it is clean."""
    return "must not contain control characters" if _CONTROL.search(text) else None


def check_text(field: str, text: str) -> str:
    """Return the text without blanks around it.

    Raises:
        RuleError: It holds a control character, or nothing that can be seen.
    """
    trimmed = text.strip()
    problem = text_problem(trimmed)
    if problem is None and not any(unicodedata.category(char)[0] not in "CZ" for char in trimmed):
        problem = "must not be empty"
    if problem is not None:
        raise RuleError(FieldError(field, problem))
    return trimmed


def check_texts(body: msgspec.Struct) -> None:
    """Refuse control characters in every string of a decoded input.

    Descends into structs and lists. Of a mapping it looks at the keys only: what a bot's config
    holds is for `check_config`, and values of credentials are Secrets, checked when decoded. Fields
    that a struct names in ``MULTI_LINE`` may hold line feeds.

    Raises:
        RuleError: With one entry for each field at fault.
    """
    errors = [FieldError(path, problem) for path, problem in _problems("", body)]
    if errors:
        raise RuleError(*errors)


def _problems(path: str, value: object) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            problem = text_problem(value)
            if problem is not None:
                yield path, problem
        case msgspec.Struct():
            names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
            multi_line: frozenset[str] = getattr(value, "MULTI_LINE", frozenset())
            for name, attribute in names:
                item = getattr(value, attribute)
                if name in multi_line:
                    item = item.replace("\n", "")
                yield from _problems(f"{path}.{name}" if path else name, item)
        case list() | tuple():
            for index, item in enumerate(cast("list[object]", value)):
                yield from _problems(f"{path}[{index}]", item)
        case dict():
            # The key itself is not shown: it may not be printable.
            if any(text_problem(str(key)) for key in cast("dict[object, object]", value)):
                yield path, "must not have a key that contains control characters"
        case _:
            pass

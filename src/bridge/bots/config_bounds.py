"""What any bot's config may hold, whatever its strategy.

A JSON object of bounded size and depth, without secrets, and with nothing that PostgreSQL cannot
store or that would not come back as it went in.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, cast

import msgspec

from bridge.errors import FieldError, RuleError
from bridge.text import UNSTORABLE_SENTENCE, is_storable, text_problem

MAX_CONFIG_BYTES: Final = 16 * 1024
MAX_DEPTH: Final = 8  # the config itself is the first level
MAX_KEY_CHARS: Final = 100
MAX_ERRORS: Final = 20
# No amount of any token needs more, and jsonb writes numbers out: 5e-324 becomes 326 characters.
MAX_NUMBER: Final = 10**18
MIN_NUMBER: Final = 1e-18

_PLAIN_KEY: Final = re.compile("[A-Za-z0-9_-]{1,100}")
_SECRET_WORDS: Final = re.compile(
    "privatekey|privkey|apikey|secret|mnemonic|passphrase|password|passwd|seedphrase|seedwords"
)
# Not every word that ends so: random_seed is a number that strategies take.
_SEEDS: Final = frozenset({"seed", "seeds", "walletseed", "hdseed", "masterseed"})
_SHOWN_KEY_CHARS: Final = 40


def check_bounds(config: dict[str, object], field: str = "config") -> None:
    """Refuse a config that is too large or too deep, or holds what must not be stored.

    Raises:
        RuleError: With the paths of at most 20 faults, never with a value.
    """
    errors = list(islice(_faults(field, config, depth=1), MAX_ERRORS))
    # Measured last: what is too deep or holds a surrogate cannot be encoded.
    if not errors and len(msgspec.json.encode(config)) > MAX_CONFIG_BYTES:
        errors = [FieldError(field, f"must be at most {MAX_CONFIG_BYTES} bytes of JSON")]
    if errors:
        raise RuleError(*errors)


def child_path(parent: str, key: str) -> str:
    """Return the path of a member; a key that is not plain is quoted, in ASCII and cut short."""
    if _PLAIN_KEY.fullmatch(key):
        return f"{parent}.{key}"
    return f"{parent}[{json.dumps(key[:_SHOWN_KEY_CHARS])}]"


def _faults(path: str, value: object, depth: int) -> Iterator[FieldError]:
    match value:
        case dict() | list() if depth > MAX_DEPTH:
            yield FieldError(path, f"must not be nested more than {MAX_DEPTH} levels deep")
        case dict():
            for key, item in cast("dict[str, object]", value).items():
                child = child_path(path, key)
                problem = _key_problem(key)
                if problem is None:
                    yield from _faults(child, item, depth + 1)
                else:
                    yield FieldError(child, problem)
        case list():
            for index, item in enumerate(cast("list[object]", value)):
                yield from _faults(f"{path}[{index}]", item, depth + 1)
        case str() if not is_storable(value):
            yield FieldError(path, UNSTORABLE_SENTENCE)
        case int() | float() if not _is_sane(value):
            yield FieldError(path, "must be 0 or between 1e-18 and 1e18 in size")
        case _:
            pass


def _key_problem(key: str) -> str | None:
    if len(key) > MAX_KEY_CHARS:
        return f"is not a good name: it has more than {MAX_KEY_CHARS} characters"
    problem = text_problem(key)
    if problem is not None:
        return f"is not a good name: it {problem}"
    if _is_secret(key):
        return "must not be here: credentials belong to a connector, keys of a wallet nowhere"
    return None


def _is_secret(key: str) -> bool:
    squeezed = re.sub("[^a-z0-9]", "", key.lower())
    return squeezed in _SEEDS or _SECRET_WORDS.search(squeezed) is not None


def _is_sane(number: float) -> bool:
    size = abs(number)
    return size == 0 or MIN_NUMBER <= size <= MAX_NUMBER  # false for NaN

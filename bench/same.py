"""Whether two answers say the same: JSON by value, times by the moment they name. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, cast

import msgspec

_SHORTEST_TIME: Final = len("2026-01-01T00:00:00Z")


def differences(expected: bytes, found: bytes) -> list[str]:
    """Return where two JSON texts differ, as paths with both values; none: they say the same.

    Order of keys and spaces do not matter, nor does how a time is written; all else does.
    """
    one: object = msgspec.json.decode(expected)
    other: object = msgspec.json.decode(found)
    return list(_compare("$", one, other))


def _compare(path: str, one: object, other: object) -> Iterator[str]:
    left, right = _object(one), _object(other)
    lefts, rights = _array(one), _array(other)
    if left is not None and right is not None:
        for name in sorted(left.keys() | right.keys()):
            if name not in left or name not in right:
                yield f"{path}.{name}: only in the {'other' if name in right else 'first'}"
            else:
                yield from _compare(f"{path}.{name}", left[name], right[name])
    elif lefts is not None and rights is not None:
        if len(lefts) != len(rights):
            yield f"{path}: {len(lefts)} and {len(rights)} items"
        for place, (left_item, right_item) in enumerate(zip(lefts, rights, strict=False)):
            yield from _compare(f"{path}[{place}]", left_item, right_item)
    elif _value(one) != _value(other):
        yield f"{path}: {one!r} and {other!r}"


def _object(value: object) -> dict[str, object] | None:
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def _array(value: object) -> list[object] | None:
    return cast("list[object]", value) if isinstance(value, list) else None


def _value(value: object) -> tuple[str, object]:
    """Return what is compared; true is not 1, and 1 is 1.0."""
    if isinstance(value, str) and len(value) >= _SHORTEST_TIME and value[10:11] == "T":
        try:
            return "time", datetime.fromisoformat(value)
        except ValueError:
            pass
    if isinstance(value, bool) or value is None:
        return "word", value
    return ("number" if isinstance(value, int | float) else "text"), value

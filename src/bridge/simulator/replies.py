"""How the upstream says no, and how it reads what it is sent."""

import json
from collections.abc import Mapping
from typing import NoReturn, TypeGuard, cast

Config = dict[str, object]


class RefusalError(Exception):
    """The upstream answers this status with ``{"detail": ...}``."""

    def __init__(self, status: int, detail: object) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail


class CrashError(Exception):
    """The upstream answers 500 with the plain text ``Internal Server Error``."""


def refuse(status: int, detail: object) -> NoReturn:
    """Answer this status.

    Raises:
        RefusalError: Always.
    """
    raise RefusalError(status, detail)


def unprocessable(kind: str, loc: list[str | int], msg: str, given: object) -> dict[str, object]:
    """Return one entry of a 422."""
    return {"type": kind, "loc": loc, "msg": msg, "input": given}


def missing(loc: list[str | int], given: object) -> dict[str, object]:
    """Return the entry of a 422 that says that something is not there."""
    return unprocessable("missing", loc, "Field required", given)


def is_config(value: object) -> TypeGuard[Config]:
    """Return whether this is a JSON object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[object]]:
    """Return whether this is a JSON list."""
    return isinstance(value, list)


def read_object(body: bytes) -> Config:
    """Read a JSON object.

    Raises:
        RefusalError: 422 as the upstream words it.
    """
    if not body:
        refuse(422, [missing(["body"], None)])
    try:
        value: object = json.loads(body)
    except json.JSONDecodeError as exc:
        entry = unprocessable("json_invalid", ["body", exc.pos], "JSON decode error", {})
        refuse(422, [{**entry, "ctx": {"error": exc.msg}}])
    if not is_config(value):
        refuse(
            422,
            [unprocessable("dict_type", ["body"], "Input should be a valid dictionary", value)],
        )
    return value


def require(body: Config, *names: str) -> None:
    """Refuse a body in which one of these is missing.

    Raises:
        RefusalError: 422 that lists them all.
    """
    gaps = [missing(["body", name], body) for name in names if name not in body]
    if gaps:
        refuse(422, gaps)


def text_of(body: Config, name: str, default: str = "") -> str:
    """Return a text field of a body.

    Raises:
        RefusalError: 422: it is there, and no text.
    """
    value = body.get(name, default)
    if not isinstance(value, str):
        refuse(422, [unprocessable("string_type", ["body", name], _NO_TEXT, value)])
    return value


def number_of(body: Config, name: str) -> float | None:
    """Return an optional number of a body.

    Raises:
        RefusalError: 422: it is there, and no number.
    """
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        refuse(422, [unprocessable("float_type", ["body", name], _NO_NUMBER, value)])
    return float(value)


def texts_of(body: Config, name: str) -> list[str]:
    """Return a list of texts of a body.

    Raises:
        RefusalError: 422: it is no list of texts.
    """
    value = body.get(name)
    if not is_list(value):
        refuse(422, [unprocessable("list_type", ["body", name], _NO_LIST, value)])
    for place, entry in enumerate(value):
        if not isinstance(entry, str):
            refuse(422, [unprocessable("string_type", ["body", name, place], _NO_TEXT, entry)])
    return cast("list[str]", value)


def query_text(query: Mapping[str, str], name: str) -> str:
    """Return a query parameter that must be there.

    Raises:
        RefusalError: 422.
    """
    if name not in query:
        refuse(422, [missing(["query", name], None)])
    return query[name]


def whole_number(text: str, loc: list[str | int]) -> int:
    """Read a whole number of the path or the query.

    Raises:
        RefusalError: 422.
    """
    try:
        return int(text)
    except ValueError:
        refuse(422, [unprocessable("int_parsing", loc, _NO_WHOLE_NUMBER, text)])


def real_number(text: str, loc: list[str | int]) -> float:
    """Read a number of the query.

    Raises:
        RefusalError: 422.
    """
    try:
        return float(text)
    except ValueError:
        refuse(422, [unprocessable("float_parsing", loc, f"{_NO_NUMBER}, {_UNREADABLE}", text)])


_NO_TEXT = "Input should be a valid string"
_NO_NUMBER = "Input should be a valid number"
_NO_LIST = "Input should be a valid list"
_NO_WHOLE_NUMBER = "Input should be a valid integer, unable to parse string as an integer"
_UNREADABLE = "unable to parse string as a number"

"""Request bodies: bytes in, checked structs out, or an error that names the field.

Litestar would convert leniently ("5" for a number) and name fields only in part, so its request
class is replaced by one whose ``json`` decodes strictly into the type that the handler declares.
"""

import asyncio
import json
import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, cast

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import InternalServerException

from bridge.access.caller import Caller
from bridge.access.principal import Principal
from bridge.errors import (
    BodyLateError,
    FieldError,
    InputError,
    RuleError,
    UnsupportedMediaTypeError,
)
from bridge.settings import Settings
from bridge.text import UNSTORABLE_SENTENCE, check_texts, is_storable
from bridge.vault.secret import dec_hook

_AT = re.compile(r"^(?P<what>.*?)(?: - at (?:`key` in )?`\$(?P<path>.*?)`)?$", re.DOTALL)
_MISSING = re.compile(r"^Object missing required field `(?P<name>.*)`$")
_UNKNOWN = re.compile(r"^Object contains unknown field `(?P<name>.*)`$", re.DOTALL)
_TYPES = re.compile(r"`([a-z]+(?: \| [a-z]+)*)`")
_WORDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
}
_JSON_TYPE = re.compile(r"^application/([a-z0-9.+-]+\+)?json\s*(;|$)", re.IGNORECASE)
_FIELD_LENGTH_SHOWN = 80


class BridgeRequest(Request[Any, Any, State]):
    """A request whose JSON body is decoded strictly into what the handler declares."""

    @property
    def caller(self) -> Caller:
        """Who makes it; without a key for repetition, which only what changes something has.

        Readings ask here: a second injected value would cost each of them a group of tasks.
        """
        state = self.scope["state"]
        principal = cast("Principal", state["principal"])
        return Caller(
            actor=principal.actor,
            request_id=str(state["request_id"]),
            account=principal.account,
            client_id=principal.client_id,
        )

    async def body(self) -> bytes:
        """Return the body.

        Raises:
            BodyLateError: It takes too long to arrive; the server itself has no limit for that.
            InputError: The handler needs a body and there is none, or it broke off.
            UnsupportedMediaTypeError: There is a body, and it is not JSON.
        """
        settings = cast("Settings", self.app.state["settings"])
        try:
            async with asyncio.timeout(settings.body_seconds):
                body = await super().body()
        except TimeoutError as exc:
            raise BodyLateError from exc
        except InternalServerException as exc:
            raise InputError("The request body ended before it was complete.") from exc
        field = self.route_handler.parsed_data_field
        if field is not None and (body.strip() or not field.is_optional):
            _check_presence(body, self.headers.get("content-type", ""))
        return body

    async def json(self) -> object:
        """Return the body as an instance of the handler's ``data`` type; None where that may be.

        Raises:
            InputError: The body is not JSON.
            RuleError: It is JSON of another shape; the errors name the fields.
        """
        field = self.route_handler.parsed_data_field
        body = await self.body()
        if field is not None and field.is_optional and not body.strip():
            return None
        return decode(body, field.annotation if field else Any)


def _check_presence(body: bytes, content_type: str) -> None:
    if not body.strip():
        raise InputError("The request body is empty; send a JSON object.")
    if content_type and not _JSON_TYPE.match(content_type):
        raise UnsupportedMediaTypeError


def decode(body: bytes, into: object) -> object:
    """Decode JSON strictly into ``into``, a type that msgspec understands.

    Raises:
        InputError: The body is not JSON.
        RuleError: It is JSON of another shape, or a text holds control characters; the errors
            name the fields.
    """
    try:
        value = _decoder(into).decode(body)
    except msgspec.ValidationError as exc:
        raise RuleError(field_error(str(exc))) from exc
    except RecursionError as exc:
        raise InputError("The request body is nested too deeply.") from exc
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise _explain(body) from exc
    if isinstance(value, msgspec.Struct):
        check_texts(value)
    return value


@lru_cache(maxsize=64)
def _decoder(into: Any) -> msgspec.json.Decoder[object]:  # noqa: ANN401 - any type form
    return msgspec.json.Decoder(into, dec_hook=dec_hook)


def _explain(body: bytes) -> InputError | RuleError:
    """Say why msgspec refused the text; Python's more tolerant parser finds the field."""
    try:
        errors = _unstorable(body)
    except RecursionError:
        return InputError("The request body is nested too deeply.")
    except ValueError:
        return InputError("The request body is not valid JSON.")
    return RuleError(*errors) if errors else InputError("The request body is not valid JSON.")


def _unstorable(body: bytes) -> tuple[FieldError, ...]:
    found = _walk(json.loads(body), "")
    return tuple(FieldError(path or "body", message) for path, message in found)


def _walk(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and (message := _text_problem(value)):
        yield path, message
    elif isinstance(value, float) and not math.isfinite(value):
        yield path, "must be a finite number"
    elif isinstance(value, dict):
        for key, item in cast("dict[str, object]", value).items():
            if message := _text_problem(key):
                yield path, f"has a key that {message}"
            else:
                yield from _walk(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from _walk(item, f"{path}[{index}]")


def _text_problem(text: str) -> str | None:
    return None if is_storable(text) else UNSTORABLE_SENTENCE


def field_error(message: str) -> FieldError:
    """Turn one of msgspec's sentences into the field's path and a sentence for people."""
    match = _AT.match(message)
    what, path = (match["what"], match["path"] or "") if match else (message, "")
    path = path.replace("[...]", "").lstrip(".")
    if missing := _MISSING.match(what):
        return FieldError(_join(path, missing["name"]), "is missing")
    if unknown := _UNKNOWN.match(what):
        return FieldError(_join(path, unknown["name"][:_FIELD_LENGTH_SHOWN]), "is not known")
    return FieldError(path or "body", plain_sentence(what))


def _join(path: str, name: str) -> str:
    shown = name or '""'
    return f"{path}.{shown}" if path else shown


def plain_sentence(what: str) -> str:
    """Turn what msgspec says about a value into words for people; the value itself is left out."""
    if " matching regex " in what:
        return "has a form or characters that are not allowed"
    if what.startswith("Invalid enum value"):
        return "is none of the values that are known here"
    what = _TYPES.sub(_words, what)
    what = what.replace("Expected ", "must be ", 1).replace(", got ", ", not ")
    return what[:1].lower() + what[1:]


def _words(types: re.Match[str]) -> str:
    return " or ".join(_WORDS.get(name, name) for name in types[1].split(" | "))

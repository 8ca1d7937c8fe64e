"""One credential as the type that the upstream's config-map names. Pure.

All credentials are stored as texts; the upstream refuses a text where it wants a flag or a number.
"""

from collections.abc import Callable
from typing import Final, TypeVar, assert_never, cast

import msgspec

from bridge.connectors.config_maps import Kind
from bridge.hummingbot.protocol.credentials import FieldValue
from bridge.hummingbot.refusals import CredentialFieldsError
from bridge.hummingbot.wire import ConfigField
from bridge.vault.secret import Secret

_Value = TypeVar("_Value")

_KINDS: Final[dict[str, Kind]] = {
    "SecretStr": "secret",
    "str": "text",
    "Literal": "text",
    "bool": "flag",
    "int": "number",
    "list[str]": "list",
}
_FLAGS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def field_kind(field: ConfigField) -> Kind:
    """Return what kind of value a field takes; of a type that is not known, a secret text."""
    # A dictionary's name comes with the whole module path of its values.
    is_object = field.type.lower().startswith(("dict[", "typing.dict["))
    return "object" if is_object else _KINDS.get(field.type, "secret")


def field_value(name: str, field: ConfigField, secret: Secret) -> FieldValue:
    """Return a credential as its field takes it; it stays a `Secret` where that is a text.

    Raises:
        CredentialFieldsError: It is none of that kind; says what it must be, never what it is.
    """
    kind = field_kind(field)
    text = secret.reveal().strip()
    match kind:
        case "secret":
            return secret
        case "text":
            return _choice(name, field.allowed_values or [], text)
        case "flag":
            return _read(name, "true or false", lambda: _FLAGS[text.lower()])
        case "number":
            return _read(name, "a whole number", lambda: int(text))
        case "list":
            return _list(name, text)
        case "object":
            value = _read(
                name,
                "a JSON object",
                lambda: msgspec.json.decode(text, type=dict[str, object]),
            )
            return json_object(value)
        case _:
            assert_never(kind)


def json_object(value: object) -> FieldValue:
    """Return an object as a value; `FieldValue` has no word for it, but it is sent like others."""
    return cast("FieldValue", value)


def _choice(name: str, allowed: list[str], text: str) -> str:
    if not allowed:
        return text
    by_folded = {each.lower(): each for each in allowed}
    return _read(name, f"one of {', '.join(allowed)}", lambda: by_folded[text.lower()])


def _list(name: str, text: str) -> list[str]:
    if not text.startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    return _read(name, "a list of texts", lambda: msgspec.json.decode(text, type=list[str]))


def _read(name: str, wanted: str, read: Callable[[], _Value]) -> _Value:
    try:
        return read()
    except (ValueError, KeyError):
        # Without its cause, which quotes the value.
        raise CredentialFieldsError(reason=f"{name} must be {wanted}") from None

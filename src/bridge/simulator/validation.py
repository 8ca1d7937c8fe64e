"""Says of a controller config what the upstream's validate says, in its words."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from bridge.simulator.catalogue import REQUIRED, ConfigClass, ControllerField, Kind
from bridge.simulator.replies import Config, is_config, is_list

_MORE: Final = "For further information visit https://errors.pydantic.dev/2.14/v/"
_LONGEST_INPUT: Final = 50
_ORDER_TYPES: Final = ("MARKET", "LIMIT", "LIMIT_MAKER", "AMM_SWAP", "AMM_ADD", "AMM_REMOVE")
_MODES: Final = ("HEDGE", "ONEWAY")
_SIDES: Final = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Complaint:
    """Why a value is refused: pydantic's type of error and its sentence."""

    kind: str
    message: str


def complaints(known: ConfigClass, config: Config) -> str | None:
    """Return the upstream's multi-line text about everything that is wrong; None: it is valid."""
    blocks = [*_wrong_fields(known, config), *_unknown_fields(known, config)]
    if not blocks:
        return None
    noun = "error" if len(blocks) == 1 else "errors"
    return "\n".join([f"{len(blocks)} validation {noun} for {known.name}", *blocks])


def _wrong_fields(known: ConfigClass, config: Config) -> Generator[str]:
    for field in known.fields:
        if field.name not in config:
            if field.default == REQUIRED:
                yield _block(field.name, Complaint("missing", "Field required"), config)
            continue
        value = config[field.name]
        if field.kind == "barrier" and is_config(value):
            yield from _wrong_barriers(field.name, value)
            continue
        complaint = _complaint(field, value, config)
        if complaint is not None:
            yield _block(field.name, complaint, value)


def _unknown_fields(known: ConfigClass, config: Config) -> Generator[str]:
    names = {field.name for field in known.fields}
    complaint = Complaint("extra_forbidden", "Extra inputs are not permitted")
    for name, value in config.items():
        if name not in names:
            yield _block(name, complaint, value)


def _wrong_barriers(field: str, barriers: Config) -> Generator[str]:
    listed = "Input should be 1, 2, 3, 4, 5 or 6"
    for name, value in barriers.items():
        is_number = isinstance(value, int) and 1 <= value <= len(_ORDER_TYPES)
        if name.endswith("order_type") and not is_number:
            yield _block(f"{field}.{name}", Complaint("enum", listed), value)


def _block(loc: str, complaint: Complaint, value: object) -> str:
    shown = repr(value)
    if len(shown) > _LONGEST_INPUT:
        shown = f"{shown[:25]}...{shown[-24:]}"
    return (
        f"{loc}\n  {complaint.message} [type={complaint.kind}, input_value={shown},"
        f" input_type={type(value).__name__}]\n    {_MORE}{complaint.kind}"
    )


def _complaint(field: ControllerField, value: object, config: Config) -> Complaint | None:
    if field.kind == "amounts":
        return _amounts(field.name, value, config)
    if field.kind in {"order type", "mode"}:
        return _named(field, value)
    check = _CHECKS.get(field.kind)
    return None if check is None else check(value)


def _text(value: object) -> Complaint | None:
    if isinstance(value, str):
        return None
    return Complaint("string_type", "Input should be a valid string")


def _bool(value: object) -> Complaint | None:
    if isinstance(value, bool) or value in {0, 1, "true", "false"}:
        return None
    return Complaint("bool_type", "Input should be a valid boolean")


def _decimal(value: object) -> Complaint | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        message = "Decimal input should be an integer, float, string or Decimal object"
        return Complaint("decimal_type", message)
    try:
        Decimal(str(value))
    except InvalidOperation:
        return Complaint("decimal_parsing", "Input should be a valid decimal")
    return None


def _optional_decimal(value: object) -> Complaint | None:
    return None if value is None else _decimal(value)


def _positive(value: object) -> Complaint | None:
    # An empty text counts as none, zero does not.
    if value is None or value == "":
        return None
    return _decimal(value) or _above_zero(Decimal(str(value)))


def _int(value: object) -> Complaint | None:
    if isinstance(value, int):
        return None
    if isinstance(value, float):
        if value.is_integer():
            return None
        message = "Input should be a valid integer, got a number with a fractional part"
        return Complaint("int_from_float", message)
    if isinstance(value, str):
        if value.strip().lstrip("+-").isdigit():
            return None
        message = "Input should be a valid integer, unable to parse string as an integer"
        return Complaint("int_parsing", message)
    return Complaint("int_type", "Input should be a valid integer")


def _optional_int(value: object) -> Complaint | None:
    return None if value is None else _int(value)


def _positive_int(value: object) -> Complaint | None:
    if value is None or value == "":
        return None
    return _int(value) or _above_zero(Decimal(str(value)))


def _above_zero(value: Decimal) -> Complaint | None:
    return None if value > 0 else Complaint("greater_than", "Input should be greater than 0")


def _spreads(value: object) -> Complaint | None:
    for part in _parts(value):
        complaint = _decimal(part)
        if complaint is not None:
            return Complaint("float_parsing", "Input should be a valid number")
    return None


def _side(value: object) -> Complaint | None:
    return None if value in _SIDES else Complaint("enum", "Input should be 1, 2 or 3")


def _amounts(name: str, value: object, config: Mapping[str, object]) -> Complaint | None:
    if value is None:
        return None
    spreads = name.replace("amounts_pct", "spreads")
    if len(_parts(value)) == len(_parts(config.get(spreads, "0.01,0.02"))):
        return None
    message = f"Value error, The number of {name} must match the number of {spreads}."
    return Complaint("value_error", message)


def _named(field: ControllerField, value: object) -> Complaint | None:
    allowed = list(_ORDER_TYPES if field.kind == "order type" else _MODES)
    if isinstance(value, int) or value in allowed:
        return None
    message = f"Value error, Invalid {field.name}: {value!r}. Expected one of: {allowed}"
    return Complaint("value_error", message)


def _parts(value: object) -> list[object]:
    if isinstance(value, str):
        return list(value.split(","))
    return value if is_list(value) else [value]


_CHECKS: Final[dict[Kind, Callable[[object], Complaint | None]]] = {
    "text": _text,
    "bool": _bool,
    "decimal": _decimal,
    "decimal?": _optional_decimal,
    "positive?": _positive,
    "int": _int,
    "int?": _optional_int,
    "positive int?": _positive_int,
    "spreads": _spreads,
    "side": _side,
}

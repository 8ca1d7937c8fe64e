"""Says where an answer of the simulator differs from the recorded one."""

import re

from bridge.simulator.replies import is_config, is_list

# The recorder cut long texts and lists short.
CUT = "…"
_VARIABLES = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00"), "<date>"),
)
_VARIABLE_NUMBERS = {"id", "timestamp", "trade_timestamp", "broker_port"}


def scrub(value: object, key: str = "") -> object:
    """Return an answer without what differs between any two servers."""
    if key in _VARIABLE_NUMBERS and isinstance(value, (int, float)):
        return f"<{key}>"
    if isinstance(value, str):
        for pattern, mark in _VARIABLES:
            value = pattern.sub(mark, value)
        return value
    if is_list(value):
        return [scrub(entry) for entry in value]
    if is_config(value):
        return {name: scrub(entry, name) for name, entry in value.items()}
    return value


def difference(recorded: object, actual: object, where: str = "$") -> str | None:
    """Return the first place where two answers have not the same shape; None: nowhere.

    An entry of a list must look like one of the recorded entries. What was cut looks like anything.
    """
    if isinstance(recorded, str) and recorded.endswith(CUT):
        return None
    if is_config(recorded) and is_config(actual):
        if where.endswith("_counts"):  # Its keys are what is counted.
            return difference(list(recorded.values()), list(actual.values()), where)
        if recorded.keys() != actual.keys():
            return f"{where}: {sorted(recorded)} was recorded, {sorted(actual)} came"
        found = [difference(recorded[key], actual[key], f"{where}.{key}") for key in recorded]
    elif is_list(recorded) and is_list(actual):
        found = [_odd_entry(recorded, entry, where) for entry in actual]
    elif _kind(recorded) == _kind(actual):
        return None
    else:
        return f"{where}: {recorded!r} was recorded, {actual!r} came"
    return next((text for text in found if text is not None), None)


def _odd_entry(recorded: list[object], entry: object, where: str) -> str | None:
    texts = [difference(other, entry, f"{where}[]") for other in recorded]
    return None if not texts or None in texts else texts[0]


def _kind(value: object) -> str:
    return "number" if type(value) in {int, float} else type(value).__name__

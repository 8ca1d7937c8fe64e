"""Names of exchanges as they are stored: trimmed and in lower case. Any exchange can be stored."""

import re
from typing import Final

from bridge.errors import FieldError, RuleError

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_./-]{0,63}")


def fold_name(text: str, field: str) -> str:
    """Return the name as it is stored, whatever the letter case and the blanks around it.

    Raises:
        RuleError: It holds something that no name of an exchange holds.
    """
    folded = text.strip().lower()
    if _NAME.fullmatch(folded) is None:
        raise RuleError(FieldError(field, "must be a name of letters, digits, _ . / and -"))
    return folded

"""Which requests ask for a list of bots as it is held: exactly one spelling of each. Pure."""

import re
from typing import Final

POLL_PATH: Final = "/bots"
_ACCOUNT: Final = re.compile(rb"account=([A-Za-z0-9_-]{1,64})")


class NotHeld:
    """Another list: of a page, a status, or a spelling that only the controllers read."""


NOT_HELD: Final = NotHeld()


def account_of(query: bytes) -> str | NotHeld | None:
    """Return whose bots a query string asks for; None: all.

    Args:
        query: As it came, after the question mark.
    """
    if not query:
        return None
    found = _ACCOUNT.fullmatch(query)
    return NOT_HELD if found is None else found[1].decode()

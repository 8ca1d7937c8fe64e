"""Trading pairs as people write them: ``BASE/QUOTE``.

A ticker is 1 to 32 of the letters A-Z, digits and ``$ . _ : +``, for real ones look like ``1INCH``,
``1000PEPE``, ``USDC.E``, ``$WIF`` or ``XYZ:GOLD``. A dash is none of them: the upstream writes a
pair as ``BASE-QUOTE`` and splits it there, so a ticker with a dash would be no pair. Letters of
other scripts are refused, since some look like ours and would name another token by mistake.
"""

import re
from typing import Final

from bridge.errors import FieldError, RuleError

_TICKER: Final = re.compile(r"[A-Z0-9$][A-Z0-9$._:+]{0,31}")


def parse_pair(text: str, field: str = "pair") -> str:
    """Return the pair trimmed and in upper case.

    Raises:
        RuleError: It is not BASE/QUOTE.
    """
    # Blanks around the slash are a matter of typing, like those around the pair.
    base, slash, quote = (part.strip() for part in text.partition("/"))
    problem = _problem(base, slash, quote)
    if problem is not None:
        raise RuleError(FieldError(field, problem))
    return f"{base.upper()}/{quote.upper()}"


def _problem(base: str, slash: str, quote: str) -> str | None:
    if not slash:
        return "must be written BASE/QUOTE with a slash, such as BTC/USDT (not BTC-USDT)"
    if "/" in quote:
        return "must be written BASE/QUOTE with exactly one slash, such as BTC/USDT"
    for side, ticker in (("base", base), ("quote", quote)):
        # upper() would turn letters of other scripts into ASCII: a dotless i into I.
        if not ticker.isascii() or _TICKER.fullmatch(ticker.upper()) is None:
            return (
                f"has a wrong {side}: 1 to 32 of the letters A to Z, digits and $ . _ : + "
                "(written BASE/QUOTE, such as BTC/USDT)"
            )
    if base.upper() == quote.upper():
        return "must have two different sides"
    return None

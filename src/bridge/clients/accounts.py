"""Account identifiers: the name under which a client's bots run, and its folder name upstream.

Pure rules. An identifier is 1 to 64 of the characters A-Z, a-z, 0-9, _ and -, and never changes.
"""

import re
from dataclasses import dataclass

from bridge.errors import FieldError, RuleError

MAX_LENGTH = 64
_PREFIX = "client_"
_BARE = "client"
_ALLOWED = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SEVERAL = re.compile("_+")
_OTHER = re.compile(r"[^a-z0-9]+")
# The Hummingbot API keeps its own keys under master_account; a client must not share that folder.
_RESERVED = frozenset({"masteraccount"})
_SUFFIX_ROOM = len("_999999999")


@dataclass(frozen=True, slots=True)
class AccountWish:
    """Which account a new client is to get.

    Attributes:
        identifier: The first choice; None when only a numbered one will do.
        stem: What a number is put behind when the first choice is taken; None when it is not to
            be replaced.
        first_number: The number that is tried first.
    """

    identifier: str | None
    stem: str | None
    first_number: int = 2

    def numbered(self, number: int) -> str:
        """Return the stem with a number behind it, cut to fit."""
        suffix = f"_{number}"
        return f"{(self.stem or '')[: MAX_LENGTH - len(suffix)]}{suffix}"


def slug(text: str) -> str:
    """Return the lower-case letters and digits of a text, runs of all else as one ``_``."""
    return _OTHER.sub("_", text.lower()).strip("_")


def wish_for(name: str, identifier: str | None) -> AccountWish:
    """Return the account for a client of this name that asked for this identifier.

    An identifier that a frontend made from the name is no choice of a person, so it is numbered
    when it is taken; any other is used as it is or refused.

    Raises:
        RuleError: The identifier has a form that is not allowed, or is reserved.
    """
    wanted = (identifier or "").strip()
    of_name = slug(name)
    if not wanted or (wanted != _BARE and wanted.rstrip("_") == _BARE):
        return _generated(of_name)
    is_made = of_name != "" and _is_made_from(of_name, wanted)
    if is_made:
        wanted = wanted[:MAX_LENGTH]
    if _ALLOWED.fullmatch(wanted) is None:
        raise RuleError(
            FieldError(
                "account_identifier",
                f"must be 1 to {MAX_LENGTH} letters (A to Z), digits, _ or -",
            )
        )
    if wanted.lower().replace("_", "").replace("-", "") in _RESERVED:
        raise RuleError(FieldError("account_identifier", "is reserved by the Hummingbot API"))
    return AccountWish(wanted, _stem(wanted) if is_made else None)


def _is_made_from(of_name: str, wanted: str) -> bool:
    """Whether a program made this identifier from the name, perhaps cut to some length."""
    # Programs differ in how they trim and join; they all make lower case of it.
    made, whole = _SEVERAL.sub("_", wanted).strip("_"), (of_name, _PREFIX + of_name)
    is_cut = len(wanted) >= MAX_LENGTH and made != ""
    return made in whole or (is_cut and any(form.startswith(made) for form in whole))


def _generated(of_name: str) -> AccountWish:
    if not of_name:
        return AccountWish(None, _BARE, first_number=1)
    identifier = (_PREFIX + of_name)[:MAX_LENGTH].rstrip("_")
    return AccountWish(identifier, _stem(identifier))


def _stem(identifier: str) -> str:
    return identifier[: MAX_LENGTH - _SUFFIX_ROOM].rstrip("_")

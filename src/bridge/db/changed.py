"""Which accounts the transaction that runs now changes, for whoever keeps answers about them."""

from collections.abc import Iterable
from contextvars import ContextVar, Token
from typing import Final, TypeAlias

Changed: TypeAlias = set[str]

_CHANGED: Final[ContextVar[Changed | None]] = ContextVar("changed", default=None)


def note_changed(accounts: Iterable[str]) -> None:
    """Add accounts to those that the running transaction changes."""
    changed = _CHANGED.get()
    if changed is not None:
        changed.update(accounts)


def collect(into: Changed) -> "Token[Changed | None]":
    """Begin to collect; hand the token to `stop`."""
    return _CHANGED.set(into)


def stop(token: "Token[Changed | None]") -> None:
    """End the collecting that gave this token."""
    _CHANGED.reset(token)

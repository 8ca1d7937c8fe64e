"""Pages of lists ordered by (created_at, id), and the opaque cursors between them."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from bridge.errors import FieldError, RuleError

DEFAULT_LIMIT = 1_000
MAX_LIMIT = 5_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_MICROSECONDS = int((datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH).total_seconds()) * 1_000_000
_NIL = UUID(int=0)
_FORMAT = b"\x01"
_BYTES = 25  # format, 8 of time, 16 of id


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page begins and how long it may be.

    Attributes:
        after_created_at: With ``after_id``, the last row of the page before; the epoch for none.
        limit: 1 to `MAX_LIMIT`.
    """

    limit: int = DEFAULT_LIMIT
    after_created_at: datetime = _EPOCH
    after_id: UUID = _NIL

    @property
    def rows_wanted(self) -> int:
        """One more than the page holds: that row's presence says that there is a next page."""
        return self.limit + 1


class Placed(Protocol):
    """A row that can end a page."""

    @property
    def id(self) -> UUID:
        """Unique id."""
        ...

    @property
    def created_at(self) -> datetime:
        """Aware time with microseconds."""
        ...


def parse_page(limit: int | None, cursor: str | None) -> Page:
    """Return the page that a request asks for.

    Raises:
        RuleError: The limit is out of range, or the cursor is not one of ours.
    """
    wanted = DEFAULT_LIMIT if limit is None else limit
    if not 1 <= wanted <= MAX_LIMIT:
        raise RuleError(FieldError("limit", f"must be from 1 to {MAX_LIMIT}"))
    if not cursor:
        return Page(wanted)
    created_at, after_id = _decode(cursor)
    return Page(wanted, created_at, after_id)


def next_cursor(page: Page, rows: Sequence[Placed]) -> str | None:
    """Return the cursor behind the page's last row, or None when ``rows`` has no more than it.

    Args:
        page: The page that was asked for.
        rows: Up to ``page.rows_wanted`` rows in order.
    """
    if len(rows) <= page.limit:
        return None
    last = rows[page.limit - 1]
    microseconds = (last.created_at - _EPOCH) // timedelta(microseconds=1)
    raw = _FORMAT + microseconds.to_bytes(8, "big", signed=True) + last.id.bytes
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(cursor: str) -> tuple[datetime, UUID]:
    refused = RuleError(FieldError("cursor", "is not a cursor of this list"))
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as exc:
        raise refused from exc
    if len(raw) != _BYTES or raw[:1] != _FORMAT:
        raise refused
    microseconds = int.from_bytes(raw[1:9], "big", signed=True)
    if not 0 <= microseconds <= _MAX_MICROSECONDS:
        raise refused
    return _EPOCH + timedelta(microseconds=microseconds), UUID(bytes=raw[9:])

"""Who makes a request, as far as services must know: who says so, and how far it may look."""

from uuid import UUID

import msgspec

from bridge.idempotency.keys import RequestKey


class Caller(msgspec.Struct, frozen=True):
    """The author of a request.

    Attributes:
        actor: Stable name of the principal, such as ``admin-key``, ``key:…``, ``wallet:…`` or
            ``open``.
        request_id: The same text that the answer carries in ``X-Request-ID``.
        account: The only account that it may see or act on; None: all.
        client_id: The client of that account.
        key: Of a POST or PUT that may be sent again; None when it has none.
    """

    actor: str
    request_id: str
    account: str | None = None
    client_id: UUID | None = None
    key: RequestKey | None = None

    def scoped(self, account: str | None) -> str | None:
        """Return the account to read when this one, or all (None), is asked for."""
        return scoped(account, self.account)


def scoped(asked: str | None, own: str | None) -> str | None:
    """Return the account to read when ``asked`` (None: all) is asked for.

    A foreign one becomes the empty text, which no account has: nothing is found, by the same
    statement as for one that does not exist.

    Args:
        asked: Any account.
        own: The only one that may be seen; None: all.
    """
    if own is None:
        return asked
    return own if asked in (None, own) else ""

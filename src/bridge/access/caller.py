"""Who makes a request, as far as what it changes must say so."""

import msgspec

from bridge.idempotency.keys import RequestKey


class Caller(msgspec.Struct, frozen=True):
    """The author of a change.

    Attributes:
        actor: Stable name of the principal, such as ``admin-key`` or ``anonymous`` (open mode).
        request_id: The same text that the answer carries in ``X-Request-ID``.
        key: Of a POST or PUT that may be sent again; None when it has none.
    """

    actor: str
    request_id: str
    key: RequestKey | None = None

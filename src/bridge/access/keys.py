"""Who a request comes from: nobody in particular in open mode, else the holder of the admin key."""

import hmac
from dataclasses import dataclass, field
from typing import Final

from bridge.errors import AuthenticationError

ANONYMOUS = "anonymous"
ADMIN = "admin-key"
# Of one key: schemes in another case, more spaces.
_MOST_SPELLINGS: Final = 64
_NO_KEY_IS_SET = (
    "This server has no key yet: set BRIDGE_ADMIN_KEY to at least 32 characters"
    " (or BRIDGE_AUTH=open on a loopback address) and start it again."
)


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The keys that are taken.

    Attributes:
        is_open: Take every request, and look at no Authorization header.
        admin_key: UTF-8; None when none is set.
    """

    is_open: bool
    admin_key: bytes | None
    _taken: set[bytes] = field(default_factory=set[bytes])

    def known(self, authorization: bytes | None) -> bool:
        """Whether this header was taken before; False says nothing yet."""
        return self.is_open or authorization in self._taken

    def actor_of(self, authorization: str | None) -> str:
        """Return the stable name of whoever sent this header.

        Raises:
            AuthenticationError: The header is missing or holds no key of ours.
        """
        if self.is_open:
            return ANONYMOUS
        if self.admin_key is None:
            raise AuthenticationError(_NO_KEY_IS_SET)
        scheme, _, token = (authorization or "").partition(" ")
        # Compared even when the scheme is wrong: the time says nothing about the key.
        same = hmac.compare_digest(token.strip().encode("latin-1", "replace"), self.admin_key)
        if not (same and scheme.lower() == "bearer"):
            raise AuthenticationError
        if authorization is not None and len(self._taken) < _MOST_SPELLINGS:
            self._taken.add(authorization.encode("latin-1", "replace"))
        return ADMIN

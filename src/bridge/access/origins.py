"""Which web pages may call, and the CORS headers that tell browsers so. Pure.

Origins are compared as whole strings: no patterns, so nothing to escape.
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address

ALLOW_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
ALLOW_HEADERS = (
    "Authorization, Content-Type, X-Wallet-Address, X-Client-ID, Idempotency-Key,"
    " If-None-Match, Prefer, Last-Event-ID"
)
EXPOSE_HEADERS = "ETag, Retry-After, X-Request-ID, Bridge-Look-Age, Idempotent-Replayed"
PREFLIGHT_SECONDS = 86_400

# A bracketed or bare IPv6 address, or a name or IPv4 address; the first and last with a port.
_HOST = re.compile(
    r"\[(?P<six>[0-9a-f:.]+)\](:[0-9]+)?|(?P<name>[^:@/\[\]]+)(:[0-9]+)?|(?P<bare>[0-9a-f:.]+)"
)

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins that may call from a browser, besides our own.

    Attributes:
        named: Such as ``https://app.example.org``, lower case, without a trailing slash.
    """

    named: frozenset[str]

    def may_read(self, origin: str | None) -> bool:
        """Whether a page of this origin is shown the answer."""
        return origin is not None and origin.lower() in self.named

    def may_write(self, origin: str | None, host: str) -> bool:
        """Whether a request that changes something may come from there.

        Programs send no Origin. Browsers always do with a write, so none can be forged by a page.
        """
        return origin is None or self.may_read(origin) or _is_own(origin, host)

    def answer_headers(self, origin: str | None) -> Headers:
        """Return the CORS headers of an answer; ``Vary`` always, for the sake of caches."""
        headers: Headers = [(b"vary", b"Origin")]
        if origin is not None and self.may_read(origin):
            headers += [
                (b"access-control-allow-origin", origin.encode("latin-1")),
                (b"access-control-allow-credentials", b"true"),
                (b"access-control-expose-headers", EXPOSE_HEADERS.encode()),
            ]
        return headers

    def preflight_headers(self, origin: str | None) -> Headers:
        """Return the headers of the answer to a preflight request."""
        headers = self.answer_headers(origin)
        if self.may_read(origin):
            headers += [
                (b"access-control-allow-methods", ALLOW_METHODS.encode()),
                (b"access-control-allow-headers", ALLOW_HEADERS.encode()),
                (b"access-control-max-age", str(PREFLIGHT_SECONDS).encode()),
            ]
        return headers


def _is_own(origin: str, host: str) -> bool:
    scheme, separator, place = origin.lower().partition("://")
    return separator != "" and scheme in ("http", "https") and place == host.lower() != ""


def is_loopback(host: str) -> bool:
    """Whether a host name or address, with or without a port, is this machine's own."""
    parts = _HOST.fullmatch(host.strip().lower())
    if parts is None:
        return False
    name = parts["six"] or parts["name"] or parts["bare"]
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False

"""The security headers of every answer, made once. Pure."""

from dataclasses import dataclass
from typing import Final

from bridge.access.origins import Headers

_ALWAYS: Final[Headers] = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
# Answers are data. The page at /docs has scripts and styles of its own, and nothing from elsewhere.
_DATA: Final = b"default-src 'none'; frame-ancestors 'none'"
_PAGE: Final = (
    b"default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
    b" img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
    b" frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class SecurityHeaders:
    """What goes with answers.

    Attributes:
        data: For everything but the page at /docs.
    """

    data: Headers
    page: Headers

    def of(self, path: str) -> Headers:
        """Return the headers for an answer under this path; not to be changed."""
        return self.page if path.startswith("/docs") else self.data


def security_headers(hsts_seconds: int) -> SecurityHeaders:
    """Return the headers.

    Args:
        hsts_seconds: How long browsers are to insist on https; 0 says nothing of it.
    """
    always = list(_ALWAYS)
    if hsts_seconds:
        always.append((b"strict-transport-security", f"max-age={hsts_seconds}".encode()))
    return SecurityHeaders(
        data=[*always, (b"content-security-policy", _DATA)],
        page=[*always, (b"content-security-policy", _PAGE)],
    )

"""Where the upstream is, and how it is told who asks."""

import base64
from urllib.parse import urlsplit

from bridge.errors import ConfigurationError
from bridge.vault.secret import Secret


def checked_url(base_url: str) -> str:
    """Return the base URL without a slash at its end; a path in it is kept.

    Raises:
        ConfigurationError: It is not http or https, names no host, or holds more than a path.
    """
    try:
        parts = urlsplit(base_url)
        is_valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise ConfigurationError("HUMMINGBOT_API_URL is not written http://host:port.") from None
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(
            "HUMMINGBOT_API_URL holds a user name or password: set HUMMINGBOT_API_USERNAME and"
            " HUMMINGBOT_API_PASSWORD instead."
        )
    if not is_valid or parts.query or parts.fragment:
        raise ConfigurationError("HUMMINGBOT_API_URL is not written http://host:port.")
    return base_url.rstrip("/")


def basic_authorization(username: str, password: Secret) -> str:
    """Return the value of the Authorization header; it holds the password in the clear.

    Raises:
        ConfigurationError: The user name holds a colon, which Basic auth cannot send.
    """
    if ":" in username:
        raise ConfigurationError("HUMMINGBOT_API_USERNAME holds a colon.")
    # An environment variable that is no UTF-8 arrives with surrogates.
    credentials = f"{username}:{password.reveal()}".encode("utf-8", "surrogateescape")
    return f"Basic {base64.b64encode(credentials).decode()}"

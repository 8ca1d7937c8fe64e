"""Whether an address can be listened on; asked first, because granian shares a port silently."""

import errno
import socket

from bridge.errors import ConfigurationError


def check_port(host: str, port: int) -> None:
    """Refuse a port that the server could not bind.

    Raises:
        ConfigurationError: Says which, why, and how to choose another.
    """
    try:
        family, _, _, _, target = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(target)
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            message = (
                f"Port {port} on {host} is in use by another program: stop that one, or choose"
                f" another one, as in PORT={port % 65_535 + 1}."
            )
        else:
            message = f"The server cannot use HOST={host} PORT={port}: {exc.strerror}."
        raise ConfigurationError(message) from exc

"""Who answers at the address that was configured."""

from typing import Final

import msgspec

from bridge.hummingbot.errors import UpstreamProtocolError
from bridge.hummingbot.protocol.messages import Reply, Request, path_to
from bridge.hummingbot.protocol.reading import decode
from bridge.hummingbot.wire import Root

_NAME: Final = "Hummingbot API"
_ROOT: Final = msgspec.json.Decoder(Root)


def read_version() -> Request:
    """Ask for name and version; the upstream answers this one without credentials."""
    return Request("read_version", "GET", path_to(""), "read")


def decode_version(reply: Reply) -> str:
    """Return the upstream's version [root]. It says nothing about broker, Docker or database.

    Raises:
        UpstreamProtocolError: Something else answers at this address.
    """
    root = decode(reply, _ROOT)
    if root.name != _NAME:
        raise UpstreamProtocolError("Another service answers at the Hummingbot API's address.")
    return root.version

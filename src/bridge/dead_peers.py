"""Having the kernel end connections whose other side takes nothing any more.

The server waits for ever for a caller that does not read: its place, and megabytes in the kernel,
would be gone. Only Linux can be told; a caller that is slow, but reads, is left alone.
"""

import asyncio
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_GIVE_UP_SECONDS: Final = 30.0
_OPEN_FILES: Final = Path("/proc/self/fd")
_LOOK_SECONDS: Final = 0.05
_LOOKS: Final = 200


def give_up_on_dead_peers(seconds: float = _GIVE_UP_SECONDS) -> None:
    """Arrange it for the connections of this worker, once it listens.

    The server makes its socket after it has started the application, and tells nobody.

    Args:
        seconds: How long a caller may take nothing while something is there for it.
    """
    if sys.platform == "linux":
        _look(int(1000 * seconds), _LOOKS)


def _look(milliseconds: int, looks_left: int) -> None:
    is_found = False
    for each in _sockets():
        if _listens(each):
            is_found = True
            # Connections inherit it from the socket that accepts them.
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
        each.detach()
    if not is_found and looks_left > 0:
        loop = asyncio.get_running_loop()
        loop.call_later(_LOOK_SECONDS, _look, milliseconds, looks_left - 1)


def _listens(each: socket.socket) -> bool:
    is_network = each.family in (socket.AF_INET, socket.AF_INET6)
    return is_network and each.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1


def _sockets() -> Iterator[socket.socket]:
    """Yield every socket of this process, which stays its owner's: detach it."""
    for path in list(_OPEN_FILES.iterdir()):
        try:
            yield socket.socket(fileno=int(path.name))
        except OSError:  # no socket, or closed meanwhile
            continue

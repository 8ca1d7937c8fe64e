"""How many sockets a process may open: raised as far as the system lets us."""

import resource
from contextlib import suppress
from typing import Final

_SPARE: Final = 256  # libraries, pipes, the listener


def raise_limit(sockets: int) -> int:
    """Let this process, and what it starts, open so many sockets; return how many it may.

    The hard limit is raised where that is allowed, as it is for root.
    """
    wanted = sockets + _SPARE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    return sockets if soft == resource.RLIM_INFINITY else min(sockets, soft - _SPARE)

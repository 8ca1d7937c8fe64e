"""How much memory an answer costs: a process that receives one, decodes it, and says.

Prints, in bytes, how far its peak rose above what it held before. Linux only: it asks the kernel.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

from bench.usage import usage

from bridge import logs
from bridge.hummingbot.client import HummingbotClient, make_session
from bridge.vault.secret import Secret

_CLEAR: Final = Path("/proc/self/clear_refs")
_RESET_PEAK: Final = "5"


async def receive(small: str, large: str) -> int:
    """Return what the larger answer needs; the smaller one is asked for first, to warm up."""
    async with make_session() as session:
        password = Secret("bench")
        await HummingbotClient(session, small, "bench", password).status()
        client = HummingbotClient(session, large, "bench", password)
        _CLEAR.write_text(_RESET_PEAK)
        before = usage(os.getpid())
        await client.status()
        return usage(os.getpid()).peak_rss_bytes - before.rss_bytes


if __name__ == "__main__":
    logs.configure("warning")
    print(asyncio.run(receive(*sys.argv[1:3])))

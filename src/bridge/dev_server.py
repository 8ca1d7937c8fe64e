"""The server that ``bridge dev`` runs as a child, and how it is asked whether it serves."""

import asyncio
from pathlib import Path
from typing import Final

from bridge.dev_child import Child

_ANSWER_TIMEOUT_SECONDS: Final = 5.0
_ANY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - read, not bound


def address(host: str, port: int) -> str:
    """Return the URL under which a server bound to `host` is reached from this machine."""
    reachable = _ANY_ADDRESS.get(host, host)
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


class DevServer(Child):
    """One ``bridge serve``; where it listens is for its environment to say."""

    def __init__(self, data_dir: Path, host: str, port: int) -> None:
        super().__init__("The server", ("serve",), record=data_dir / "server.pid")
        self._host = _ANY_ADDRESS.get(host, host)
        self._port = port

    async def is_ready(self) -> bool:
        """Say whether it answers."""
        try:
            async with asyncio.timeout(_ANSWER_TIMEOUT_SECONDS):
                reader, writer = await asyncio.open_connection(self._host, self._port)
                try:
                    request = f"GET /health/live HTTP/1.1\r\nHost: {self._host}\r\n\r\n"
                    writer.write(request.encode())
                    return b" 200 " in await reader.readline()
                finally:
                    writer.close()
        except OSError:
            return False

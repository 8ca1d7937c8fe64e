"""The simulated Hummingbot API that ``bridge dev`` runs as a child when no real one is named.

Its bots live in that process and end with it.
"""

import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bridge.dev_child import Child

_USERNAME: Final = "admin"
_PASSWORD_BYTES: Final = 24
_ADDRESS: Final = re.compile(r"Simulated Hummingbot API on (http://\S+)\n")


class DevSimulator(Child):
    """One ``bridge simulate-hummingbot`` on a free port, with a password of its own.

    Args:
        speed: Its times are divided by this; the lifecycle's must be too.

    Attributes:
        url: Where it listens; "" until it was started.
        log_path: What it says, which is how it is known where it listens.
    """

    def __init__(self, data_dir: Path, speed: float) -> None:
        self.url = ""
        self.log_path = data_dir / "simulator.log"
        super().__init__(
            "The simulated Hummingbot API",
            ("simulate-hummingbot", "--port", "0", "--speed", str(speed)),
            record=data_dir / "simulator.pid",
            log_path=self.log_path,
        )
        self._login = {
            "HUMMINGBOT_API_USERNAME": _USERNAME,
            "HUMMINGBOT_API_PASSWORD": secrets.token_urlsafe(_PASSWORD_BYTES),
        }

    async def start(self, environment: Mapping[str, str]) -> None:
        """Start it and return when it is ready.

        Args:
            environment: All its variables but the login.

        Raises:
            ConfigurationError: It ended before, or does not get ready.
        """
        await super().start({**environment, **self._login})

    @property
    def server_environment(self) -> Mapping[str, str]:
        """Return what a bridge is told so that it uses this one."""
        return {
            **self._login,
            "HUMMINGBOT_API_URL": self.url,
            "BRIDGE_HUMMINGBOT_SIMULATED": "yes",
        }

    async def is_ready(self) -> bool:
        """Say whether it has said where it listens; it does so when it answers."""
        said = _ADDRESS.search(self.log_path.read_text(encoding="utf-8", errors="replace"))
        self.url = said[1] if said else ""
        return said is not None

"""Trading Bridge: bot definitions in PostgreSQL, driven on a Hummingbot API server."""

from typing import Final

__version__: Final = "0.1.0"

"""Running the application under granian: what ``bridge serve`` does and its workers import."""

import os

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels
from litestar.types import ASGIApp

from bridge import logs
from bridge.app import create_app
from bridge.settings import Settings, check_exposure, read_settings

_BACKLOG = 4096
_CONNECTIONS_PER_WORKER = 12_000
_KILL_SECONDS = 10


def application() -> ASGIApp:
    """Return the application for the settings in the environment; each worker calls this once."""
    settings = read_settings(os.environ)
    logs.configure(settings.log_level)
    return create_app(settings)


def serve(settings: Settings) -> None:
    """Serve until TERM or INT; blocks.

    Raises:
        ConfigurationError: The settings would expose the service, or cannot be used.
    """
    check_exposure(settings)
    create_app(settings)
    Granian(
        "bridge.server:application",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        workers=settings.workers,
        # Its default counts idle connections against a backlog of 1,024 and then stalls.
        backlog=_BACKLOG,
        backpressure=_CONNECTIONS_PER_WORKER,
        workers_kill_timeout=_KILL_SECONDS,
        websockets=False,
        log_level=LogLevels(settings.log_level),
    ).serve()

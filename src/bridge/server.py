"""Running the application under granian: what ``bridge serve`` does and its workers import."""

import asyncio
import ctypes
import multiprocessing
import os
import signal
import sys

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from litestar.types import ASGIApp

from bridge import logs
from bridge.app import create_app
from bridge.capacity import connections_per_worker, worker_count
from bridge.dead_peers import give_up_on_dead_peers
from bridge.live.front import Front
from bridge.ports import check_port
from bridge.settings import Settings, check_exposure, read_settings

_BACKLOG = 4096
# Of the headers of a request, and of what waits to be written: its default, 400 KiB, is what each
# of thousands of senders of endless headers could fill.
_BUFFER_BYTES = 65_536
# Container engines kill 10 seconds after TERM; a client that hangs in its body holds a worker.
_KILL_SECONDS = 8
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def application() -> ASGIApp:
    """Return the application for the settings in the environment; each worker calls this once."""
    _follow_the_server()
    settings = read_settings(os.environ)
    logs.configure(settings.log_level)
    front = create_app(settings)
    front.at_start = lambda: _at_start(front)
    return front.app


def _at_start(front: Front) -> None:
    _end_streams_on_signals(front)
    give_up_on_dead_peers()


def _end_streams_on_signals(front: Front) -> None:
    """Have TERM end the streams of this worker.

    granian waits for every connection before it tells the application of its end, and a stream
    would never end by itself. The event loop's own handlers of these signals are called as before:
    it reads the numbers from a pipe that is written whatever Python's handler is.
    """
    loop = asyncio.get_running_loop()

    def end(_number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(front.end)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)


def _follow_the_server() -> None:
    """Make this worker end with the server's main process, however that ends.

    Otherwise it would go on serving when that is killed, and hold the port against the next start.
    Only Linux can tell a worker.
    """
    # Workers are forked: until granian sets their handlers, they have the main process's own, which
    # would swallow TERM.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        parent = multiprocessing.parent_process()
        if parent is not None and os.getppid() != parent.pid:
            sys.exit(1)  # it ended before the kernel was asked to tell


def serve(settings: Settings) -> None:
    """Serve until TERM or INT; blocks.

    Raises:
        ConfigurationError: The settings would expose the service or cannot be used, or the port
            is taken.
    """
    check_exposure(settings)
    check_port(settings.host, settings.port)
    create_app(settings)
    run("bridge.server:application", settings)


def run(target: str, settings: Settings) -> None:
    """Serve an application as ``bridge serve`` does ours, until TERM or INT; blocks.

    Args:
        target: ``module:function``; each worker imports it and calls it once.
        settings: Address, workers and log level.
    """
    Granian(
        target,
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        workers=worker_count(settings.workers),
        # Its default counts idle connections against a backlog of 1,024 and then stalls.
        backlog=_BACKLOG,
        backpressure=connections_per_worker(),
        http1_settings=HTTP1Settings(
            # From the end of an answer, or the beginning of a connection, to the end of the next
            # request's headers: it ends slow senders and idle connections alike.
            header_read_timeout=int(1000 * settings.keep_alive_seconds),
            keep_alive=True,
            max_buffer_size=_BUFFER_BYTES,
        ),
        workers_kill_timeout=_KILL_SECONDS,
        respawn_failed_workers=True,
        websockets=False,
        log_level=LogLevels(settings.log_level),
    ).serve()

"""A bridge server for the tests of this folder: the real one, which can be told where to die.

It notes each named step that it reaches in a file, and when a trap is set for that step it kills or
freezes itself there. Traps and notes are shared by all nodes of a test: one trap catches one node.
"""

import ctypes
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from tests.faults.traps import PARENT_VARIABLE, TRAP_FILE, TRAPS_VARIABLE, Arrivals, Trap, read_trap

from bridge import logs
from bridge.app import create_app
from bridge.hummingbot.protocol.messages import Request
from bridge.lifecycle.steps import StepName
from bridge.lifecycle.supervisor import Supervisor
from bridge.settings import read_settings

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


class Steps:
    """Where this process is, and what waits for it there."""

    def __init__(self, folder: Path) -> None:
        self._trap = folder / TRAP_FILE
        self._arrivals = Arrivals(folder)
        self._seen: Counter[str] = Counter()

    async def reached(self, step: StepName) -> None:
        """Note a step of the lifecycle."""
        self.arrive(step)

    def arrive(self, step: str) -> None:
        """Note a step, and fall into the trap that is set for it."""
        self._arrivals.note(step)
        trap = read_trap(self._trap)
        if trap is None or trap.step != step:
            return
        self._seen[trap.serial] += 1
        if self._seen[trap.serial] == trap.arrival and self._is_mine(trap):
            number = signal.SIGKILL if trap.action == "kill" else signal.SIGSTOP
            os.kill(os.getpid(), number)

    def _is_mine(self, trap: Trap) -> bool:
        try:
            self._trap.rename(self._trap.with_name(trap.sprung_name))
        except FileNotFoundError:
            return False  # another node was faster
        self._trap.with_name(trap.sprung_name).write_text(f"{os.getpid()}\n", "ascii")
        return True


def _watch_deploys(steps: Steps) -> None:
    """Make the moment after the last check before a deploy is written to the socket a step too."""
    check = Supervisor.before_effect

    def before_effect(self: Supervisor, request: Request) -> None:
        check(self, request)
        if request.call == "deploy":
            steps.arrive("send.deploy")

    Supervisor.before_effect = before_effect


async def serve() -> None:
    """Serve until killed."""
    settings = read_settings(os.environ)
    logs.configure(settings.log_level)
    steps = Steps(Path(os.environ[TRAPS_VARIABLE]))
    _watch_deploys(steps)
    server = Server(
        create_app(settings, reached=steps.reached).app,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
    )
    await server.serve()


def _follow_the_test() -> None:
    """Make this process end with the test's, however that ends; only Linux can tell it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(os.environ[PARENT_VARIABLE]):
            sys.exit(1)  # it ended before the kernel was asked to tell


if __name__ == "__main__":
    _follow_the_test()
    uvloop.run(serve())

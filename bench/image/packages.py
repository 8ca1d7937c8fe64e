"""The programs that the image test needs, from Debian's packages."""

import os
import shutil
from typing import Final

from bench.image.command import output_of

from bridge.dev_terminal import Terminal

_PROGRAMS: Final = {"buildah": "buildah", "debootstrap": "debootstrap", "curl": "curl"}


async def install_packages(terminal: Terminal) -> None:
    """Install what is missing.

    Raises:
        CommandFailedError: apt-get could not.
    """
    missing = [package for program, package in _PROGRAMS.items() if not shutil.which(program)]
    if not missing:
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with terminal.step(f"Installing Debian's packages {', '.join(missing)}"):
        await output_of("apt-get", "update", environment=environment)
        await output_of(
            *("apt-get", "install", "--yes", "--no-install-recommends", *missing),
            environment=environment,
        )

"""buildah: makes the base image and the image, in one folder, with no daemon."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.image.command import output_of

_BASE: Final = "localhost/bridge-base"
_TARGET: Final = "localhost/bridge"
_DEBIAN: Final = "bookworm"
_DEBIAN_PACKAGES: Final = "python3,python3-venv,ca-certificates"


@dataclass(frozen=True, slots=True)
class Image:
    """An image, unpacked.

    Attributes:
        container: What buildah calls the unpacked copy.
        root: Its files.
        environment: Its variables.
        entrypoint: Words before the command.
        command: Words when none are given.
        user: ``uid:gid``.
    """

    container: str
    root: Path
    environment: Mapping[str, str]
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    user: str


class Engine:
    """A buildah whose images and containers all lie in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._options = (
            *("--root", str(folder / "storage"), "--runroot", str(folder / "runtime")),
            *("--storage-driver", "vfs"),
        )

    async def make_base(self) -> None:
        """Make a small Debian with Python; DEBIAN_MIRROR names another mirror than Debian's own."""
        container = await self._buildah("from", "scratch")
        root = await self._buildah("mount", container)
        mirror = os.environ.get("DEBIAN_MIRROR", "").split()
        await output_of(
            *("debootstrap", "--variant=minbase", f"--include={_DEBIAN_PACKAGES}"),
            *(_DEBIAN, root, *mirror),
        )
        shutil.rmtree(Path(root, "var/cache/apt/archives"))
        await self._buildah("umount", container)
        await self._buildah("commit", "--quiet", "--rm", container, _BASE)

    async def build(self, checkout: Path, volumes: Sequence[str]) -> Image:
        """Build the Dockerfile of ``checkout`` on the base, and unpack the result.

        Args:
            checkout: Where the Dockerfile is.
            volumes: What the build's commands see of this machine; the image does not.
        """
        await self._buildah(
            *("build", "--isolation", "chroot", "--pull-never", "--layers=false"),
            *("--build-arg", f"BASE={_BASE}", "--tag", _TARGET),
            *(word for volume in volumes for word in ("--volume", volume)),
            str(checkout),
        )
        container = await self._buildah("from", "--pull-never", _TARGET)
        root = await self._buildah("mount", container)
        described: dict[str, Any] = json.loads(await self._buildah("inspect", container))
        config: dict[str, Any] = described["OCIv1"]["config"]
        return Image(
            container=container,
            root=Path(root),
            environment=dict(line.split("=", 1) for line in config["Env"]),
            entrypoint=tuple(config["Entrypoint"]),
            command=tuple(config["Cmd"]),
            user=config["User"],
        )

    async def run_in(self, image: Image, environment: Mapping[str, str], *words: str) -> str:
        """Run a command in the image by buildah itself, as the image's user."""
        return await self._buildah(
            *("run", "--isolation", "chroot"),
            *(word for name, value in environment.items() for word in ("--env", f"{name}={value}")),
            *(image.container, "--", *words),
        )

    async def _buildah(self, *words: str) -> str:
        return (await output_of("buildah", *self._options, *words)).strip()


def remove_folder(folder: Path) -> None:
    """Remove the folder, but never what is mounted in it: that belongs to the machine."""
    for place in _mounts_in(folder):
        subprocess.run(["umount", place], check=False)  # noqa: S603, S607 - a path of ours
    left = _mounts_in(folder)
    if left:
        message = f"{folder} stays, since {', '.join(map(str, left))} cannot be unmounted"
        raise RuntimeError(message)
    shutil.rmtree(folder)


def _mounts_in(folder: Path) -> list[Path]:
    """Return the mounts below a folder, the innermost first."""
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    places = [Path(line.split()[4].encode().decode("unicode_escape")) for line in lines]
    inside = [place for place in places if place.is_relative_to(folder)]
    return sorted(inside, key=lambda place: len(place.parts), reverse=True)

"""The folder of the server's socket: short enough for the kernel, open to one user only."""

import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Final

from bridge.embedded.launch import Launcher

PORT: Final = 5432
_LONGEST_ADDRESS_BYTES: Final = 100  # Linux takes 107, macOS 103
_PREFIX: Final = "bridge-socket-"


def make_socket_dir(data_dir: Path, launcher: Launcher) -> Path:
    """Make the folder anew and return it: in `data_dir`, or below /tmp when that is too long.

    The name of a folder outside is written down before it is made, so that a crash leaves none
    that the next start does not find.
    """
    remove_socket_dir(data_dir)
    folder = data_dir / "socket"
    if not _fits(folder):
        folder = _temporary_folder() / f"{_PREFIX}{secrets.token_hex(6)}"
        _record(data_dir).write_text(str(folder), encoding="utf-8")
    folder.mkdir(mode=0o700)
    if launcher.switch:
        os.chown(folder, launcher.owner, launcher.group)
    return folder


def remove_socket_dir(data_dir: Path) -> None:
    """Remove the folder that this or an earlier run made; nothing when there is none."""
    shutil.rmtree(data_dir / "socket", ignore_errors=True)
    record = _record(data_dir)
    if not record.exists():
        return
    folder = Path(record.read_text(encoding="utf-8"))
    if folder.name.startswith(_PREFIX) and not folder.is_symlink():
        shutil.rmtree(folder, ignore_errors=True)  # refused where it is somebody else's by now
    record.unlink()


def _record(data_dir: Path) -> Path:
    return data_dir / "socket.path"


def _temporary_folder() -> Path:
    chosen = Path(tempfile.gettempdir())
    return chosen if _fits(chosen / f"{_PREFIX}{'x' * 12}") else Path("/tmp")  # noqa: S108 - mkdir of a random name, 0700


def _fits(folder: Path) -> bool:
    """Say whether clients can name the folder: a comma separates two hosts in their URLs."""
    address = os.fsencode(folder / f".s.PGSQL.{PORT}")
    return len(address) <= _LONGEST_ADDRESS_BYTES and b"," not in address

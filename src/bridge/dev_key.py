"""The key that ``bridge dev`` seals credentials with, kept in the data folder."""

import os
from pathlib import Path

from bridge.errors import ConfigurationError
from bridge.vault.keyring import KeyRing


def keep_key(data_dir: Path) -> str:
    """Return the key of this data folder, made at its first use: without it no credential opens.

    Raises:
        ConfigurationError: The file is damaged.
    """
    path = data_dir / "vault.key"
    if not path.exists():
        partial = path.with_suffix(".new")
        partial.unlink(missing_ok=True)
        fd = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w", encoding="ascii") as file:
            file.write(KeyRing.generate_entry("dev") + "\n")
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    entry = path.read_text(encoding="ascii").strip()
    try:
        KeyRing.parse(entry)
    except ConfigurationError as exc:
        message = (
            f"{path} is damaged: put back the file that the stored credentials were sealed with."
        )
        raise ConfigurationError(message) from exc
    return entry

"""Which release this is, exactly: answers of two releases are never taken for the same."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

_LENGTH: Final = 8


@cache
def build_id() -> str:
    """Return some hex digits that are the same wherever the same code runs."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for file in sorted(root.rglob("*.py")):
        digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:_LENGTH]

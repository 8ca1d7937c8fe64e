"""Looks for secrets in what git tracks: tokens and keys everywhere, passwords in what ships.

In tests, credentials that look like some are the point, so there only what has a form of its own
counts. A line that is meant to look like one ends in ``pragma: allowlist secret``.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_CHECKOUT: Final = Path(__file__).parents[2]
_SCANNER: Final = Path(sys.executable).with_name("detect-secrets-hook")
# Hashes of packages and recorded exchanges are random by nature; so are ids in generated documents.
_NOT_OURS: Final = (
    "requirements/",
    "tests/contract/recorded/",
    "docs/performance/",
    "docs/openapi.json",
)
_SHIPS: Final = ("src/", "sql/", "migrations/", "docs/", ".github/", ".ci/")
# What a secret is guessed by, when it has no form of its own.
_GUESSES: Final = (
    *("KeywordDetector", "BasicAuthDetector"),
    *("Base64HighEntropyString", "HexHighEntropyString"),
)
# Placeholders of examples, of CI's own database, and tokens that say nothing: {} and {"exp":1}.
_NO_SECRETS: Final = (
    r"^(any|password|secret|unused)$",
    r"^ci( |$)",
    r"^\$\(openssl rand",
    r"^eyJ[A-Za-z0-9]+\.(e30|eyJleHAiOjF9)\b",
)


def scan(files: Sequence[str], *options: str) -> int:
    """Let the scanner print what it finds, without the secrets themselves; its exit status."""
    allowed = [word for text in _NO_SECRETS for word in ("--exclude-secrets", text)]
    scanner = subprocess.run(  # noqa: S603 - our own tool
        [_SCANNER, "--no-verify", *allowed, *options, *files], cwd=_CHECKOUT, check=False
    )
    return scanner.returncode


def main() -> int:
    """Scan all files; the exit status."""
    files = [name for name in _tracked() if not name.startswith(_NOT_OURS)]
    ships = [name for name in files if name.startswith(_SHIPS) or "/" not in name]
    guesses = [word for name in _GUESSES for word in ("--disable-plugin", name)]
    return scan(files, *guesses) or scan(ships)


def _tracked() -> list[str]:
    """Return what git tracks, or would if it were added; nothing without git."""
    try:
        git = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
            cwd=_CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return []
    return [name for name in git.stdout.splitlines() if (_CHECKOUT / name).is_file()]


if __name__ == "__main__":
    sys.exit(main())

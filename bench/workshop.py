"""Where the peers are made ready: below .venv/peers, once for each state of their sources.

What cannot be had on this machine is no failure: the sentence that says so stands in the results.
"""

import asyncio
import hashlib
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

PEERS: Final = Path(__file__).parent / "peers"
_SHOP: Final = Path(__file__).parents[1] / ".venv" / "peers"
_SECONDS: Final = 900.0
_DEBIAN_GO: Final = "/usr/share/gocode"  # where Debian's packages of Go sources lie
_PGX: Final = Path(_DEBIAN_GO, "src/github.com/jackc/pgx/v4")


class MissingError(Exception):
    """A peer cannot be had here; the sentence says what it needs."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How something is made in a folder of its own.

    Attributes:
        sources: Files that it is made of; they are copied into the folder when ``is_copied``.
        commands: Each a program and its words, run in the folder; ``{}`` is the folder.
        needs: For people, what must be installed.
    """

    name: str
    sources: Sequence[Path]
    commands: Sequence[Sequence[str]]
    needs: str
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    is_copied: bool = False


PYTHON: Final = Recipe(
    name="python",
    sources=(PEERS / "requirements.txt",),
    commands=(
        (sys.executable, "-m", "venv", "--clear", "{}/venv"),
        (
            *("{}/venv/bin/python", "-m", "pip", "install", "--quiet", "--require-hashes"),
            *("--disable-pip-version-check", "-r", str(PEERS / "requirements.txt")),
        ),
    ),
    needs="packages from PyPI",
)
FASTIFY: Final = Recipe(
    name="fastify",
    sources=tuple(
        PEERS / "fastify" / name for name in ("server.mjs", "package.json", "package-lock.json")
    ),
    commands=(("npm", "ci", "--omit=dev", "--no-audit", "--no-fund", "--ignore-scripts"),),
    needs="Node.js and packages from npm",
    is_copied=True,
)
GO: Final = Recipe(
    name="go",
    sources=(PEERS / "go" / "main.go",),
    commands=(("go", "build", "-o", "{}/peer", "main.go"),),
    needs="Debian's packages golang-go and golang-github-jackc-pgx-v4-dev",
    variables={"GO111MODULE": "off", "GOPATH": _DEBIAN_GO, "GOFLAGS": "", "GOCACHE": "{}/cache"},
    is_copied=True,
)


async def make(recipe: Recipe) -> Path:
    """Return the folder where everything of a recipe lies, made now unless it is there.

    Raises:
        MissingError: A program is missing, or a package cannot be had.
    """
    folder = _SHOP / recipe.name
    stamp = folder / ".made-of"
    digest = _digest(recipe)
    if stamp.is_file() and stamp.read_text() == digest:
        return folder
    if recipe is GO and not _PGX.is_dir():
        raise MissingError(f"needs {recipe.needs}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if recipe.is_copied:
        for source in recipe.sources:
            shutil.copy(source, folder)
    variables = {name: value.format(folder) for name, value in recipe.variables.items()}
    for words in recipe.commands:
        await _run([word.format(folder) for word in words], folder, variables, recipe.needs)
    stamp.write_text(digest)
    return folder


def _digest(recipe: Recipe) -> str:
    found = hashlib.sha256(sys.version.encode())
    for source in recipe.sources:
        found.update(source.read_bytes())
    return found.hexdigest()


async def _run(
    words: Sequence[str], folder: Path, variables: Mapping[str, str], needs: str
) -> None:
    # What a package manager says may name a private index: only its end is told.
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            cwd=folder,
            env={**os.environ, **variables},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as exc:
        raise MissingError(f"needs {needs}") from exc
    try:
        async with asyncio.timeout(_SECONDS):
            code = await process.wait()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    if code:
        raise MissingError(f"needs {needs}; {Path(words[0]).name} ended with code {code}")

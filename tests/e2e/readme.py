"""Steps of a page: reading them out of it, typing them, and comparing what they say."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
README = CHECKOUT / "README.md"
FIRST_LOGIN = CHECKOUT / "docs" / "first-login.md"
_END = "end-of-what-was-said"
_SHOWN = "http://127.0.0.1:8000"
_STEP = re.compile(
    r"<!-- step -->\n```console\n\$ (?P<command>.*?[^\\])\n(?P<answer>.*?)\n?```", re.DOTALL
)
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_SECRET = re.compile(r"\b(br[gs]_)[0-9A-Za-z_]*…?|\b(key:)[0-9A-Za-z]+")
_NONCE = re.compile(r"(?<=Nonce: )[0-9a-f]{32}")
_REQUEST = re.compile(r'(?<="request_id":")[0-9a-f]{32}')
_INSTANCE = re.compile(r"(hummingbot-client_sharp_foundation-)[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Step:
    """A shell command of the page and the answer that it shows."""

    command: str
    answer: str


class Terminal:
    """One shell in which a page's commands are typed, so that its variables last.

    Args:
        url: The server, instead of the one that the page speaks of.
        process: The shell.
    """

    def __init__(self, url: str, process: asyncio.subprocess.Process) -> None:
        self._url = url
        self._process = process

    async def type(self, step: Step) -> str:
        """Type a command and return what it says, as the page would show it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        command = step.command.replace(_SHOWN, self._url)
        self._process.stdin.write(f"{command} 2>&1\nprintf '\\n%s\\n' {_END}\n".encode())
        said = await self._process.stdout.readuntil(f"\n{_END}\n".encode())
        said = said.decode().removesuffix(f"\n{_END}\n")
        for ours, shown in ((self._url, _SHOWN), (self._url[7:], _SHOWN[7:])):
            said = said.replace(ours, shown)
        return said


@asynccontextmanager
async def terminal(url: str, folder: Path, environ: dict[str, str]) -> AsyncGenerator[Terminal]:
    """Open a shell in a folder from which the page's own files can be reached.

    Args:
        url: The server, instead of the one that the page speaks of.
        folder: An empty one.
        environ: What is exported there.
    """
    (folder / "docs").symlink_to(CHECKOUT / "docs")
    programs = f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        "sh",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=folder,
        env=environ | {"PATH": programs},
    )
    try:
        yield Terminal(url, process)
    finally:
        process.kill()
        await process.wait()


def steps(page: Path = README) -> Iterator[Step]:
    """Yield the steps in their order."""
    for match in _STEP.finditer(page.read_text(encoding="utf-8")):
        yield Step(match["command"], match["answer"])


def comparable(answer: str) -> object:
    """Return an answer without ids, times and secrets."""
    for pattern, word in (
        (_ID, "<id>"),
        (_TIME, "<time>"),
        (_INSTANCE, r"\1<id>"),
        (_SECRET, r"\1\2<secret>"),
        (_NONCE, "<nonce>"),
        (_REQUEST, "<id>"),
    ):
        answer = pattern.sub(word, answer)
    return json.loads(answer) if answer.startswith(("{", "[")) else answer.strip()

"""Running a program to its end."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_SHOWN_LINES: Final = 40


class CommandFailedError(Exception):
    """A program ended with another code than 0."""

    def __init__(self, words: tuple[str | Path, ...], code: int | None, output: str) -> None:
        self.output = output
        tail = "\n".join(output.splitlines()[-_SHOWN_LINES:])
        super().__init__(f"{' '.join(map(str, words[:3]))} … ended with code {code}:\n{tail}")


async def output_of(*words: str | Path, environment: Mapping[str, str] | None = None) -> str:
    """Return what a program writes on both its outputs; it ends when we are cancelled.

    Args:
        words: Program and arguments.
        environment: All its variables; None for ours.

    Raises:
        CommandFailedError: It failed; the message ends with its last lines.
    """
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment,
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    text = output.decode(errors="replace")
    if process.returncode != 0:
        raise CommandFailedError(words, process.returncode, text)
    return text

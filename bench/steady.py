"""A steady load: so many requests a second, whatever becomes of the earlier ones.

A server that stands still for a moment makes every request of that moment late, not only those that
were under way. Runs as a process of its own, so that nothing but itself delays it: it asks until
its standard input ends, and then writes a `Sample` into a file, as JSON. One request is late from
the moment at which it was due and not sent, for want of an idle connection.
"""

import asyncio
import sys
import time
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

import msgspec
import uvloop

_CONNECTIONS: Final = 32
_HEADER_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"
_GOOD: Final = "HTTP/1.1 200 OK"


class Sample(msgspec.Struct, frozen=True):
    """What was measured.

    Attributes:
        due_at: When each answered request was due, by the monotonic clock, in seconds.
        took_ms: Until its whole answer was there.
        failures: How often each other status line came than a good one, and connections broke.
    """

    due_at: list[float]
    took_ms: list[float]
    failures: dict[str, int]


class _Load:
    """Sends requests in turn, each over an idle connection."""

    def __init__(self, requests: Sequence[bytes]) -> None:
        self._requests = requests
        self._sent = 0
        self._waiting: deque[float] = deque()
        self.idle: deque[_Connection] = deque()  # in turn: servers close one that is idle for long
        self.due_at: list[float] = []
        self.took_ms: list[float] = []
        self.failures: Counter[str] = Counter()

    def ask(self, due_at: float) -> None:
        """Send a request, or as soon as a connection is idle."""
        if not self.idle:
            self._waiting.append(due_at)
            return
        request = self._requests[self._sent % len(self._requests)]
        self._sent += 1
        self.idle.popleft().send(request, due_at)

    def answered(self, connection: "_Connection", status_line: str) -> None:
        """Note an answer, and use the connection again."""
        self.due_at.append(connection.due_at)
        self.took_ms.append((time.monotonic() - connection.due_at) * 1000)
        if status_line != _GOOD:
            self.failures[status_line] += 1
        self.idle.append(connection)
        if self._waiting:
            self.ask(self._waiting.popleft())


class _Connection(asyncio.Protocol):
    """One connection, with one request at a time."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self.due_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take part."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        self._load.idle.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take part no more."""
        self._load.failures[f"broken: {exc}"] += 1
        if self in self._load.idle:
            self._load.idle.remove(self)

    def send(self, request: bytes, due_at: float) -> None:
        """Send a request."""
        self.due_at = due_at
        if self._transport is not None:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Wait until the answer is complete."""
        self._received += data
        head, end, body = self._received.partition(_HEADER_END)
        if not end:
            return
        length = head.lower().partition(_LENGTH)[2].partition(b"\r\n")[0]
        if len(body) >= int(length):
            self._received = b""
            self._load.answered(self, head.partition(b"\r\n")[0].decode())


async def ask_steadily(port: int, per_second: int, words: Sequence[str]) -> Sample:
    """Ask for these paths in turn until standard input ends.

    Args:
        port: Of loopback.
        per_second: Requests.
        words: Paths, which begin with a slash, and header lines of all requests.
    """
    loop = asyncio.get_running_loop()
    headers = "".join(f"{word}\r\n" for word in words if not word.startswith("/"))
    head = f" HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n"
    load = _Load([f"GET {word}{head}".encode() for word in words if word.startswith("/")])
    for _ in range(_CONNECTIONS):
        await loop.create_connection(lambda: _Connection(load), "127.0.0.1", port)
    ended = loop.run_in_executor(None, sys.stdin.buffer.read)
    began, count = loop.time(), 0
    while not ended.done():
        count += 1
        await asyncio.sleep(began + count / per_second - loop.time())
        load.ask(time.monotonic())
    return Sample(load.due_at, load.took_ms, dict(load.failures))


def main() -> None:
    """Ask as the command line says: file, port, requests a second, paths and header lines."""
    file, port, per_second, *words = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sample = runner.run(ask_steadily(int(port), int(per_second), words))
    Path(file).write_bytes(msgspec.json.encode(sample))


if __name__ == "__main__":
    main()

"""What one reader of a stream is sent, and in which order, however slowly it takes it."""

import asyncio
from typing import Any, Final

import pytest

from bridge.lifecycle.sight import Sight
from bridge.live.readers import Reader
from bridge.live.snapshots import Label, Snapshot

_SIGHT: Final = Sight("fresh", "", 0)


class Line:
    """The way to a browser, which takes a message when it is told to.

    Attributes:
        taken: The bodies that were taken, in order; None at the end of the answer.
    """

    def __init__(self) -> None:
        self.taken: list[bytes | None] = []
        self._takes = asyncio.Event()
        self._takes.set()

    def hold(self) -> None:
        self._takes.clear()

    async def go_on(self) -> None:
        self._takes.set()
        await _settled()

    async def send(self, message: Any) -> None:  # noqa: ANN401 - as ASGI has it
        await self._takes.wait()
        self.taken.append(message["body"])
        if not message["more_body"]:
            self.taken.append(None)


def snapshot(version: int) -> Snapshot:
    return Snapshot(Label("desk", version, "0badc0de", _SIGHT), b'{"version":%d}' % version)


async def _settled() -> None:
    """Let everything run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def reader(line: Line) -> Reader:
    return Reader(line.send, b"")


async def test_state_that_comes_while_the_answer_begins_follows_it(
    line: Line, reader: Reader
) -> None:
    line.hold()
    opening = asyncio.create_task(reader.open(b"retry: 1\n\n", snapshot(1)))
    await _settled()

    reader.show(snapshot(2))
    assert line.taken == []
    await line.go_on()
    await opening
    await _settled()

    assert line.taken == [b"retry: 1\n\n" + snapshot(1).event(), snapshot(2).event()]


async def test_state_that_the_reader_has_is_not_sent(line: Line) -> None:
    reader = Reader(line.send, snapshot(1).event_id)

    await reader.open(b"hello\n\n", snapshot(1))
    reader.show(snapshot(1))
    await _settled()

    assert line.taken == [b"hello\n\n"]


async def test_of_many_states_only_the_newest_waits(line: Line, reader: Reader) -> None:
    await reader.open(b"", snapshot(1))
    line.hold()

    for version in range(2, 50):
        reader.show(snapshot(version))
        await _settled()
    await line.go_on()

    assert line.taken[1:] == [snapshot(2).event(), snapshot(49).event()]


async def test_state_that_comes_while_a_heartbeat_is_sent_follows_it(
    line: Line, reader: Reader
) -> None:
    await reader.open(b"", snapshot(1))
    line.hold()

    reader.beat()
    await _settled()
    reader.show(snapshot(2))
    reader.beat()
    await line.go_on()

    assert line.taken[1:] == [b": \n\n", snapshot(2).event()]


async def test_farewell_comes_after_what_is_sent_and_nothing_after_it(
    line: Line, reader: Reader
) -> None:
    await reader.open(b"", snapshot(1))
    line.hold()

    reader.show(snapshot(2))
    await _settled()
    reader.end(7)
    await line.go_on()
    assert line.taken[1:] == [snapshot(2).event(), b"retry: 7\n\n", None]

    reader.show(snapshot(3))
    reader.beat()
    reader.end(8)
    await _settled()
    assert len(line.taken) == 4


async def test_reader_that_is_told_to_end_before_it_has_begun_ends_afterwards(
    line: Line, reader: Reader
) -> None:
    line.hold()
    opening = asyncio.create_task(reader.open(b"", snapshot(1)))
    await _settled()

    reader.end(7)
    await line.go_on()
    await opening
    await _settled()

    assert line.taken == [snapshot(1).event(), b"retry: 7\n\n", None]


async def test_reader_is_slow_while_one_message_takes_long(line: Line, reader: Reader) -> None:
    loop = asyncio.get_running_loop()
    await reader.open(b"", snapshot(1))
    assert not reader.is_slow(loop.time() + 60)
    line.hold()

    reader.show(snapshot(2))
    await _settled()

    assert reader.is_slow(loop.time() + 60)
    assert not reader.is_slow(loop.time() - 60)
    await line.go_on()
    assert not reader.is_slow(loop.time() + 60)


async def test_cut_ends_the_stream_and_any_other_cancellation_passes_through(
    line: Line,
) -> None:
    async def stream(reader: Reader) -> str:
        await reader.open(b"", snapshot(1))
        await reader.until_gone(_never)
        return "gone"

    reader = Reader(line.send, b"")
    streaming = asyncio.create_task(stream(reader))
    await _settled()
    reader.cut()
    assert await streaming == "gone"

    streaming = asyncio.create_task(stream(Reader(line.send, b"")))
    await _settled()
    streaming.cancel()
    with pytest.raises(asyncio.CancelledError):
        await streaming


async def _never() -> Any:  # noqa: ANN401 - as ASGI has it
    await asyncio.Event().wait()

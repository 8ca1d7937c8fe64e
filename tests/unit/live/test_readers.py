"""What one reader of a stream is sent, and in which order, however slowly it takes it."""

import asyncio
from typing import Any, Final

import pytest

from bridge.errors import AuthenticationError
from bridge.lifecycle.sight import Sight
from bridge.live.held import Served
from bridge.live.readers import RETRY_MS, Reader
from bridge.live.snapshots import Label, Snapshot

_SIGHT: Final = Sight("fresh", "", 0)
_ADDED: Final = (b"x-request-id", b"7")
_RETRY: Final = b"retry: %d\n\n" % RETRY_MS


class Line:
    """The way to a browser, which takes a message when it is told to.

    Attributes:
        head: The headers that were taken.
        taken: The bodies that were taken, in order; None at the end of the answer.
    """

    def __init__(self) -> None:
        self.head: list[tuple[bytes, bytes]] = []
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
        if message["type"] == "http.response.start":
            self.head = message["headers"]
            return
        self.taken.append(message["body"])
        if not message["more_body"]:
            self.taken.append(None)


def snapshot(version: int) -> Snapshot:
    return Snapshot(Label("desk", version, "0badc0de", _SIGHT), b'{"version":%d}' % version)


def state() -> dict[str, Any]:
    """Return what a request carries when the gate has let it in."""
    return {"answer_headers": [_ADDED]}


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
    opening = asyncio.create_task(reader.open(state(), Served(snapshot(1))))
    await _settled()

    reader.show(snapshot(2))
    assert line.taken == []
    await line.go_on()
    await opening
    await _settled()

    assert line.taken == [_RETRY + snapshot(1).event(), snapshot(2).event()]
    assert _ADDED in line.head


async def test_state_that_the_reader_has_is_not_sent(line: Line) -> None:
    reader = Reader(line.send, snapshot(1).event_id)

    await reader.open(state(), Served(snapshot(1)))
    reader.show(snapshot(1))
    await _settled()

    assert line.taken == [_RETRY]


async def test_of_many_states_only_the_newest_waits(line: Line, reader: Reader) -> None:
    await reader.open(state(), Served(snapshot(1)))
    line.hold()

    for version in range(2, 50):
        reader.show(snapshot(version))
        await _settled()
    await line.go_on()

    assert line.taken[1:] == [snapshot(2).event(), snapshot(49).event()]


async def test_state_that_comes_while_a_heartbeat_is_sent_follows_it(
    line: Line, reader: Reader
) -> None:
    await reader.open(state(), Served(snapshot(1)))
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
    await reader.open(state(), Served(snapshot(1)))
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
    opening = asyncio.create_task(reader.open(state(), Served(snapshot(1))))
    await _settled()

    reader.end(7)
    await line.go_on()
    await opening
    await _settled()

    assert line.taken == [_RETRY + snapshot(1).event(), b"retry: 7\n\n", None]


async def test_reader_is_slow_while_one_message_takes_long(line: Line, reader: Reader) -> None:
    loop = asyncio.get_running_loop()
    await reader.open(state(), Served(snapshot(1)))
    assert not reader.is_slow(loop.time() + 60)
    line.hold()

    reader.show(snapshot(2))
    await _settled()

    assert reader.is_slow(loop.time() + 60)
    assert not reader.is_slow(loop.time() - 60)
    await line.go_on()
    assert not reader.is_slow(loop.time() + 60)


async def test_reader_is_slow_that_does_not_take_the_first_message(
    line: Line, reader: Reader
) -> None:
    loop = asyncio.get_running_loop()
    line.hold()
    opening = asyncio.create_task(reader.open(state(), Served(snapshot(1))))
    await _settled()
    reader.show(snapshot(2))
    await _settled()

    assert reader.is_slow(loop.time() + 60)
    assert not reader.is_slow(loop.time() - 60)
    reader.cut()

    with pytest.raises(asyncio.CancelledError):
        await opening
    reader.close()
    await line.go_on()
    assert line.taken == []


async def test_reader_that_is_cut_before_the_answer_begins_is_refused(
    line: Line, reader: Reader
) -> None:
    reader.cut()

    with pytest.raises(AuthenticationError):
        await reader.open(state(), Served(snapshot(1)))
    assert line.taken == []


async def test_cut_cancels_the_request_and_says_so(line: Line, reader: Reader) -> None:
    async def stream() -> None:
        await reader.open(state(), Served(snapshot(1)))
        await asyncio.Event().wait()

    streaming = asyncio.create_task(stream())
    await _settled()
    assert not reader.is_cut

    reader.cut()

    with pytest.raises(asyncio.CancelledError):
        await streaming
    assert reader.is_cut
    assert line.taken == [_RETRY + snapshot(1).event()]

"""Readers of streams: what they take for a beginning, and for a change."""

import pytest
from bench.readers import Crowd, Reader

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
FIRST = HEAD + b"retry: 1000\n\nevent: bots\nid: 1.ab\ndata: {}\n\n"


def feed(crowd: Crowd, reader: Reader, *pieces: bytes) -> None:
    for piece in pieces:
        crowd.memory[: len(piece)] = piece
        reader.buffer_updated(len(piece))


@pytest.mark.parametrize("size", [1, 7, 1_000])
async def test_a_stream_begins_with_a_whole_event(size: int) -> None:
    crowd = Crowd(b"", 1)
    pieces = [FIRST[at : at + size] for at in range(0, len(FIRST), size)]

    reader = Reader(crowd)
    feed(crowd, reader, *pieces[:-1])
    before = crowd.begun
    feed(crowd, reader, pieces[-1])

    assert (before, crowd.begun, crowd.problem) == (0, 1, "")
    assert crowd.settled.is_set()


async def test_a_stream_that_is_refused_says_how() -> None:
    crowd = Crowd(b"", 2)

    feed(crowd, Reader(crowd), b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}")

    assert (crowd.begun, crowd.problem) == (0, "HTTP/1.1 404 Not Found")
    assert crowd.settled.is_set()


@pytest.mark.parametrize("cut", range(13))
async def test_a_marker_is_seen_across_two_reads(cut: int) -> None:
    crowd = Crowd(b"", 1)
    reader = Reader(crowd)
    feed(crowd, reader, FIRST)
    crowd.expect(b"Change 000001")

    data = b'data: {"name": "Change 000001"}\n\n'
    at = data.index(b"Change") + cut
    feed(crowd, reader, data[:at], data[at:])

    assert len(crowd.seen_at) == 1
    assert crowd.settled.is_set()


async def test_a_marker_is_counted_once_by_each_reader() -> None:
    crowd = Crowd(b"", 2)
    readers = [Reader(crowd), Reader(crowd)]
    for reader in readers:
        feed(crowd, reader, FIRST)
    crowd.expect(b"Change 2")

    feed(crowd, readers[0], b"Change 2", b"Change 2")

    assert len(crowd.seen_at) == 1
    assert not crowd.settled.is_set()

"""Whether an answer may be sent compressed, and compressing it."""

import gzip

import pytest

from bridge.live.encodings import gzipped, takes_gzip


@pytest.mark.parametrize(
    "accept",
    [
        b"gzip",
        b"GZIP",
        b"gzip, deflate, br, zstd",
        b"br;q=1.0, gzip;q=0.8, *;q=0.1",
        b"gzip;q=1",
        b"gzip;q=1.000",
        b"gzip ; Q = 0.001",
        b"*",
        b"*;q=0.5",
        b"identity, *;q=0.5",
        b"x-gzip",
        b"gzip;q=0.5, *;q=0",
        b",,gzip",
    ],
)
def test_gzip_is_taken(accept: bytes) -> None:
    assert takes_gzip(accept)


@pytest.mark.parametrize(
    "accept",
    [
        b"",
        b"identity",
        b"br, zstd",
        b"gzip;q=0",
        b"gzip;q=0.000",
        b"gzip;q=0, *",
        b"*;q=0",
        b"gzipped",
        b"gzip;q=banana",
        b"gzip;q=-1",
        b"gzip;q=2",
        b"gzip;q=0.0001",
        b"gzip;level=9",
        b"\xff\xfe",
    ],
)
def test_gzip_is_not_taken(accept: bytes) -> None:
    assert not takes_gzip(accept)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"bots":[]}' * 10_000, bytes(range(256)) * 64])
def test_gzip_holds_the_same_bytes_and_is_the_same_each_time(body: bytes) -> None:
    assert gzip.decompress(gzipped(body)) == body
    assert gzipped(body) == gzipped(body)

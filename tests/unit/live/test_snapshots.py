"""A finished answer."""

import gzip
import re
from typing import Final

import msgspec
import pytest
from tests.unit.live.parts import ACCOUNT, edition

from bridge.errors import BridgeError
from bridge.lifecycle.sight import Sight
from bridge.live.conditional import has_current
from bridge.live.snapshots import Label, Snapshot

_FRESH: Final = Sight("fresh", "", 0)
# RFC 9110, 8.8.3.
_ENTITY_TAG: Final = re.compile(rb'W/"[\x21\x23-\x7e\x80-\xff]*"')
_BODY: Final = msgspec.json.encode(edition(7, name="\n\r\u2028 é").bots)


def _codes(kind: type[BridgeError] = BridgeError) -> list[str]:
    return [kind.code, *(code for each in kind.__subclasses__() for code in _codes(each))]


def _snapshot(
    version: int = 7, tag: str = "50cd8af1", sight: Sight = _FRESH, body: bytes = _BODY
) -> Snapshot:
    return Snapshot(Label(ACCOUNT, version, tag, sight), body)


@pytest.mark.parametrize(
    "sight",
    [
        _FRESH,
        Sight("stale", "no_leader", 0),
        Sight("blind", "", 0),
        Sight("blind", "upstream-timeout", 1_795_334_400_000_000),
        *(Sight("stale", code, 0) for code in _codes()),
    ],
)
def test_entity_tag_is_one_by_rfc_9110(sight: Sight) -> None:
    etag = _snapshot(2**63 - 1, sight=sight).etag

    assert _ENTITY_TAG.fullmatch(etag)
    assert has_current(etag, etag)
    assert _ENTITY_TAG.fullmatch(_snapshot(0, "").etag)


def test_entity_tags_differ_in_number_tag_and_sight() -> None:
    sights = [
        _FRESH,
        Sight("fresh", "no_leader", 0),
        Sight("stale", "", 0),
        Sight("stale", "no_leader", 0),
        Sight("blind", "", 0),
        Sight("blind", "", 1),
        Sight("blind", "", 16),
        Sight("blind", "no_leader", 1),
        Sight("stale", "upstream-timeout", 0),
    ]
    tags = [
        *(_snapshot(sight=sight).etag for sight in sights),
        _snapshot(8).etag,
        _snapshot(70).etag,
        _snapshot(tag="50cd8af2").etag,
        _snapshot(0, "").etag,
    ]

    assert len(set(tags)) == len(tags)


def test_event_is_one_event_with_the_same_bytes() -> None:
    snapshot = _snapshot()

    event = snapshot.event()

    lines = event.split(b"\n")
    assert lines == [
        b"event: bots",
        b"id: " + snapshot.event_id,
        b"data: " + snapshot.plain.body,
        b"",
        b"",
    ]
    assert b"\r" not in event
    assert snapshot.etag == b'W/"' + snapshot.event_id + b'"'


def test_headers_tell_length_type_tag_and_who_may_keep_it() -> None:
    snapshot = _snapshot()
    headers = dict(snapshot.plain.headers)

    assert headers[b"content-length"] == str(len(_BODY)).encode()
    assert headers[b"content-type"] == b"application/json"
    assert headers[b"cache-control"] == b"private, no-cache"
    assert headers[b"etag"] == snapshot.etag
    assert {b"etag", b"cache-control", b"vary"} == dict(snapshot.not_modified).keys()


def test_compressed_form_is_made_once_and_counted() -> None:
    snapshot = _snapshot()
    assert snapshot.compressed is None
    plain_bytes = snapshot.size_bytes
    assert plain_bytes > len(_BODY)

    made = snapshot.compress()

    assert snapshot.compress() is made is snapshot.compressed
    assert gzip.decompress(made.body) == _BODY
    headers = dict(made.headers)
    assert headers[b"content-encoding"] == b"gzip"
    assert headers[b"content-length"] == str(len(made.body)).encode()
    assert headers[b"etag"] == snapshot.etag
    assert snapshot.size_bytes == plain_bytes + len(made.body)


def test_event_is_made_once_and_counted() -> None:
    snapshot = _snapshot()
    plain_bytes = snapshot.size_bytes

    made = snapshot.event()

    assert snapshot.event() is made
    assert snapshot.size_bytes == plain_bytes + len(made)


def test_short_answer_is_never_compressed_nor_counted_twice() -> None:
    short = _snapshot(body=b'{"bots":[],"next_cursor":null}')
    before = short.size_bytes

    assert short.compress() is short.plain
    assert short.size_bytes == before

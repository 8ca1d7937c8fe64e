"""A finished answer: bytes, headers and entity tag of one list of bots at one version. Pure."""

from typing import Final, NamedTuple

from bridge.access.origins import Headers
from bridge.lifecycle.sight import Sight
from bridge.live.encodings import LEAST_BYTES, gzipped
from bridge.release import build_id

_VIEW: Final = "bots"
# What a snapshot takes beside its bytes: objects, headers, its place in the cache.
_OVERHEAD_BYTES: Final = 2_048


class Representation(NamedTuple):
    """An answer in one encoding.

    Attributes:
        headers: Those of a 200, without what depends on the request.
    """

    headers: Headers
    body: bytes


class Label(NamedTuple):
    """Which answer it is.

    Attributes:
        account: Whose bots; None for all.
        version: Of the account, or of this process's list of all.
        tag: Tells this version from one of the same number in another history.
        sight: How the upstream was seen.
    """

    account: str | None
    version: int
    tag: str
    sight: Sight

    @property
    def etag(self) -> bytes:
        """The entity tag; equal for equal bytes only."""
        parts = (f"{self.version}.{self.tag}", _VIEW, build_id(), self.sight.token)
        return f'W/"{"-".join(parts)}"'.encode()


class Snapshot:
    """A finished answer; immutable but for what is made of it on demand.

    Attributes:
        account: Whose bots; None for all.
        etag: Weak, for every encoding of these bytes has it.
        not_modified: Headers of a 304, without what depends on the request.
        was_used: Set by whoever sends it; the cache drops what nobody used.
    """

    __slots__ = (
        "_compressed",
        "_event",
        "account",
        "etag",
        "not_modified",
        "plain",
        "sight",
        "tag",
        "version",
        "was_used",
    )

    def __init__(self, label: Label, body: bytes) -> None:
        self.account = label.account
        self.version = label.version
        self.tag = label.tag
        self.sight = label.sight
        self.etag = label.etag
        self.was_used = True
        self.not_modified: Headers = [
            (b"etag", self.etag),
            (b"cache-control", b"private, no-cache"),
            (b"vary", b"Authorization, Accept-Encoding"),
        ]
        self.plain = Representation([*self._entity(body), *self.not_modified], body)
        self._event: bytes | None = None
        self._compressed = None if len(body) >= LEAST_BYTES else self.plain

    @property
    def compressed(self) -> Representation | None:
        """The answer as gzip, once `compress` has been called; a short one is never compressed."""
        return self._compressed

    def compress(self) -> Representation:
        """Make the answer as gzip, unless that is done."""
        if self._compressed is None:
            body = gzipped(self.plain.body)
            headers = [*self._entity(body), (b"content-encoding", b"gzip"), *self.not_modified]
            self._compressed = Representation(headers, body)
        return self._compressed

    @property
    def size_bytes(self) -> int:
        """About how much memory this takes."""
        compressed = b"" if self._compressed is None else self._compressed.body
        made = len(compressed) + len(self._event or b"")
        return _OVERHEAD_BYTES + len(self.plain.body) + made

    @property
    def event_id(self) -> bytes:
        """The entity tag as a stream's id."""
        return self.etag[3:-1]

    def event(self) -> bytes:
        """Return the bots as a Server-Sent Event; compact JSON has no line ends."""
        if self._event is None:
            self._event = b"event: bots\nid: %b\ndata: %b\n\n" % (self.event_id, self.plain.body)
        return self._event

    @staticmethod
    def _entity(body: bytes) -> Headers:
        return [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]

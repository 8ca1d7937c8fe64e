"""What goes over the wire: a request as bytes, a reply as bytes, and names that are safe in a path.

The upstream takes almost any name in some calls and breaks on it in others: a controller config may
be called ``..``, and a deploy that names it answers a plain 500. So one strict pattern is for all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import quote

import msgspec

from bridge.hummingbot.refusals import NameRefusedError

Kind = Literal["read", "blocking-read", "effect", "blocking-effect"]

# Deploy takes exactly these characters [deploy_name:*]; 200 of them are still a file name
# [account_add_name:aaaaaaaaaaaaaaaaaaaa#2], and the upstream appends up to 20 [deploy_name:xxx].
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,150}")
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class Request:
    """One call, ready to be sent.

    Attributes:
        call: Its name in logs and metrics.
        path: Percent-encoded; starts with a slash. A slash at its end has a meaning.
        kind: What decides the time-out, and what may be known when no answer comes. ``blocking``
            calls stop the upstream from answering anybody else: they are sent one at a time.
        body: JSON. It may hold credentials, so it is not shown.
    """

    call: str
    method: Literal["GET", "POST", "DELETE"]
    path: str
    kind: Kind
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = field(default=None, repr=False)

    @property
    def has_effect(self) -> bool:
        """Whether it changes something upstream."""
        return self.kind in ("effect", "blocking-effect")

    @property
    def is_blocking(self) -> bool:
        """Whether the upstream answers nobody else meanwhile."""
        return self.kind in ("blocking-read", "blocking-effect")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, complete.

    Attributes:
        headers: By lower-case name.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | bytearray = field(repr=False)


def path_to(*segments: str) -> str:
    """Return the path of these segments; an empty last one makes the slash at the end."""
    return "/" + "/".join(quote(segment, safe="") for segment in segments)


def checked_name(what: str, name: str) -> str:
    """Return the name when every call of the upstream takes it.

    Raises:
        NameRefusedError: It has other characters than A-Z, a-z, 0-9, _ and -, or too many.
    """
    if _NAME.fullmatch(name) is None:
        raise NameRefusedError(f"The name of the {what} is not 1 to 150 of A-Z, a-z, 0-9, _ and -.")
    return name


def to_json(body: Mapping[str, object]) -> bytes:
    """Encode a request body; a Decimal becomes a number."""
    return _ENCODER.encode(body)

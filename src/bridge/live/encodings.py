"""Whether an answer may be sent compressed, and compressing it. Pure."""

import re
import zlib
from typing import Final

# Below this the headers that compression needs outweigh what it saves.
LEAST_BYTES: Final = 512
_LEVEL: Final = 6
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS
_QUALITY: Final = re.compile(r"q\s*=\s*(?P<q>[01](?:\.[0-9]{0,3})?)", re.IGNORECASE)


def takes_gzip(accept_encoding: bytes) -> bool:
    """Whether the sender takes gzip (RFC 9110, 12.5.3); an unreadable weight counts as none."""
    by_name: dict[str, float] = {}
    for part in accept_encoding.decode("latin-1").lower().split(","):
        name, _, weight = part.partition(";")
        found = _QUALITY.fullmatch(weight.strip())
        by_name[name.strip()] = float(found["q"]) if found else 1.0 if not weight else 0.0
    return by_name.get("gzip", by_name.get("x-gzip", by_name.get("*", 0.0))) > 0


def gzipped(body: bytes) -> bytes:
    """Return the body as gzip; the same bytes for the same body."""
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    return compressor.compress(body) + compressor.flush()

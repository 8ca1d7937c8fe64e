"""Texts that belong to one tenant each, and the search for them in whatever a server sends.

A canary is a text with only such characters as hexadecimal numbers and base58 have in common, so
that it can stand in a name, an e-mail, a pair, an address of either chain or the name of an
instance. What cannot be chosen, ids and addresses that sign, is known as it is: such a thing was
made for one tenant, or was first shown to one.
"""

import re
import secrets
from collections.abc import Set as AbstractSet
from typing import Final, Literal, get_args

Field = Literal[
    "account",
    "address",
    "bot",
    "client",
    "config",
    "email",
    "error",
    "exchange",
    "figures",
    "instance",
    "key",
    "pair",
    "phrase",
    "request",
    "run",
    "sync",
]

MARK: Final = "cafe7e57"
_DIGITS: Final = "123456789abcdef"
_CODES: Final[dict[Field, str]] = {
    field: _DIGITS[number // len(_DIGITS)] + _DIGITS[number % len(_DIGITS)]
    for number, field in enumerate(get_args(Field))
}
# Sent to be sealed, and shown to nobody, whosever it is.
_SECRET: Final = _CODES["phrase"].encode()
_CANARY: Final = re.compile(MARK.encode() + rb"([1-9a-f]{2})([1-9a-f]{2})")
_UUID: Final = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Letters in lower case, and blanks for all that ends a word.
_FOLDED: Final = bytes(
    ord(chr(byte).lower()) if byte < 128 and (chr(byte).isalnum() or chr(byte) in "-_") else 32
    for byte in range(256)
)
_EVM_DIGITS: Final = 40
_SOLANA_DIGITS: Final = 44


def canary(owner: int, field: Field) -> str:
    """Return the text that stands in this field of this owner, who is 0 to 224."""
    return MARK + _DIGITS[owner // len(_DIGITS)] + _DIGITS[owner % len(_DIGITS)] + _CODES[field]


def evm_address_of(owner: int) -> str:
    """Return a new address with the owner's canary in it; nobody can sign for it."""
    start = canary(owner, "address")
    return "0x" + start + secrets.token_hex(20)[: _EVM_DIGITS - len(start)]


def solana_address_of(owner: int) -> str:
    """Return a new address with the owner's canary in it; nobody can sign for it."""
    # With this first digit, all that follow make 32 bytes.
    start = "5" + canary(owner, "address")
    left = _SOLANA_DIGITS - len(start)
    return start + "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(left))


class Canaries:
    """Whose what is."""

    def __init__(self) -> None:
        self._owners: dict[bytes, int] = {}

    def __len__(self) -> int:
        """Return how many texts are known besides those that can be told by their form."""
        return len(self._owners)

    def add(self, owner: int, *texts: str) -> None:
        """Take these as the owner's alone."""
        self._owners.update(dict.fromkeys((text.lower().encode() for text in texts), owner))

    def sightings(self, data: bytes) -> dict[bytes, int]:
        """Return what is somebody's in these bytes, in any letter case, with whose it is."""
        folded = _fold(data)
        found = {
            match.group(): _DIGITS.index(chr(match.group(1)[0])) * len(_DIGITS)
            + _DIGITS.index(chr(match.group(1)[1]))
            for match in _CANARY.finditer(folded)
        }
        for word in self._owners.keys() & set(folded.split()):
            found[word] = self._owners[word]
        return found

    def learn(self, owner: int, data: bytes, besides: bytes) -> None:
        """Take ids that nobody is known to have as the owner's, to whom these bytes were sent.

        Args:
            owner: Who was allowed to see them.
            data: What was answered.
            besides: What was asked for; its ids came from elsewhere.
        """
        shown = set(_UUID.findall(data))
        for word in shown - self._owners.keys() - set(_UUID.findall(besides)):
            self._owners[word] = owner


def secrets_of(found: AbstractSet[bytes]) -> list[bytes]:
    """Return what nobody may ever be shown."""
    return [text for text in found if text.startswith(MARK.encode()) and text[-2:] == _SECRET]


def _fold(data: bytes) -> bytes:
    # In JSON a line break is two characters, of which the second one is a letter.
    return data.replace(b"\\n", b"  ").translate(_FOLDED)

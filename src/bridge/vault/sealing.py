"""Sealed secrets: AES-256-GCM, a random data key for each, bound to the row that holds them.

Format, version 1, all of it binary:

    1 byte     version, 1
    1 byte     length n of the key id, 1 to 32
    n bytes    id of the key-encryption key, ASCII
    60 bytes   the data key, wrapped: nonce 12, ciphertext 32, tag 16
    12 bytes   nonce of the content
    rest       content: ciphertext (as long as the plaintext), tag 16

So a secret grows by 90 + n bytes, and its length shows. Both layers authenticate, besides their own
bytes, the version, the layer's name, and the place: table, client, row and column, each after its
length in four bytes, so that no two places read alike. The wrapped key authenticates the key id
too. The content does not: its data key is known only through the wrapped one, and so a change of
keys wraps the data key anew and leaves the content alone.
"""

from dataclasses import dataclass
from os import urandom
from typing import Final
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bridge.errors import ConfigurationError, SealError
from bridge.vault.keyring import KEY_BYTES, NONCE_BYTES, TAG_BYTES, WRAPPED_BYTES
from bridge.vault.keys import KeyService

VERSION: Final = 1
_HEAD_BYTES: Final = 2
_DOMAIN: Final = b"bridge.vault"
_BROKEN: Final = "The vault's self-test failed: what is sealed now could not be opened later."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed secret is stored; it opens nowhere else."""

    table: str
    client_id: UUID
    row_id: UUID
    column: str


class Vault:
    """Seals and opens secrets with the keys of a key service."""

    __slots__ = ("_keys",)

    def __init__(self, keys: KeyService) -> None:
        self._keys = keys

    @property
    def current_key_id(self) -> str:
        """Id of the key under which new secrets are sealed."""
        return self._keys.current_id

    @property
    def head(self) -> bytes:
        """How everything begins that is under the current key, and nothing else."""
        current = self._keys.current_id.encode("ascii")
        return bytes([VERSION, len(current)]) + current

    def has_key(self, key_id: str) -> bool:
        """Whether secrets under this key can be opened."""
        return self._keys.has(key_id)

    def seal(self, plaintext: bytes, place: Place) -> bytes:
        """Return the sealed bytes, different at each call."""
        key_id = self._keys.current_id.encode("ascii")
        data_key = urandom(KEY_BYTES)
        wrapped = self._keys.wrap(data_key, _aad(b"key", place, key_id))
        nonce = urandom(NONCE_BYTES)
        content = AESGCM(data_key).encrypt(nonce, plaintext, _aad(b"content", place))
        return self.head + wrapped + nonce + content

    def open(self, sealed: bytes, place: Place) -> bytes:
        """Return the plaintext.

        Raises:
            SealError: Not sealed for this place, with a key that the ring lacks, or damaged; it
                does not tell which, but for the missing key.
        """
        key_id, wrapped, nonce, content = _split(sealed)
        aad = _aad(b"key", place, key_id)
        data_key = self._keys.unwrap(key_id.decode("ascii", "replace"), wrapped, aad)
        try:
            return AESGCM(data_key).decrypt(nonce, content, _aad(b"content", place))
        except InvalidTag as exc:
            raise SealError from exc

    def rewrap(self, sealed: bytes, place: Place) -> bytes:
        """Return the same secret with its data key under the current key; the content stays.

        Raises:
            SealKeyMissingError: The key that it is under is not there.
            SealError: Not sealed for this place, or damaged, as far as its head tells.
        """
        key_id, wrapped, nonce, content = _split(sealed)
        aad = _aad(b"key", place, key_id)
        data_key = self._keys.unwrap(key_id.decode("ascii", "replace"), wrapped, aad)
        current = self._keys.current_id.encode("ascii")
        return self.head + self._keys.wrap(data_key, _aad(b"key", place, current)) + nonce + content

    def prove(self) -> None:
        """Seal something and open it again, before anything depends on it.

        Raises:
            ConfigurationError: It does not come back.
        """
        place = Place("self-test", uuid4(), uuid4(), "nothing")
        probe = urandom(KEY_BYTES)
        try:
            opened = self.open(self.rewrap(self.seal(probe, place), place), place)
        except SealError as exc:
            raise ConfigurationError(_BROKEN) from exc
        if opened != probe:
            raise ConfigurationError(_BROKEN)


def _split(sealed: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Cut at the offsets of the format: key id, wrapped key, nonce, content with its tag."""
    if len(sealed) < _HEAD_BYTES or sealed[0] != VERSION:
        raise SealError
    wrapped_at = _HEAD_BYTES + sealed[1]
    nonce_at = wrapped_at + WRAPPED_BYTES
    content_at = nonce_at + NONCE_BYTES
    if len(sealed) < content_at + TAG_BYTES:
        raise SealError
    return (
        sealed[_HEAD_BYTES:wrapped_at],
        sealed[wrapped_at:nonce_at],
        sealed[nonce_at:content_at],
        sealed[content_at:],
    )


def _aad(layer: bytes, place: Place, *more: bytes) -> bytes:
    parts = (
        _DOMAIN,
        bytes([VERSION]),
        layer,
        place.table.encode(),
        place.client_id.bytes,
        place.row_id.bytes,
        place.column.encode(),
        *more,
    )
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)

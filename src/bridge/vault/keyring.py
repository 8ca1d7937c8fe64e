"""The key-encryption keys of this installation, and all that is done with them.

`KeyRing` wraps and unwraps data keys and nothing else: it is a `KeyService` (`keys`).
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from os import urandom
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bridge.errors import ConfigurationError, SealError
from bridge.vault.keys import SealKeyMissingError

SETTING: Final = "BRIDGE_VAULT_KEYS"
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
WRAPPED_BYTES: Final = NONCE_BYTES + KEY_BYTES + TAG_BYTES
_KEY_ID: Final = re.compile(r"[a-z0-9_-]{1,32}")
_FORM: Final = "<id>:<base64 of 32 bytes>, several of them separated by commas"


class KeyRing:
    """Key-encryption keys by id. The first one wraps; all of them unwrap.

    Each wrap takes a random 96-bit nonce: one key is good for 2**32 secrets (NIST SP 800-38D, 8.3).
    """

    __slots__ = ("_ciphers", "_current_id")

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """Take the keys, each of 32 bytes, the current one first; at least one."""
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current_id = next(iter(self._ciphers))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the setting ``<id>:<base64 of 32 bytes>[,<id>:<base64>...]``.

        Raises:
            ConfigurationError: Names the setting and which entry, counted from 1; never what
                stands in it: a key without an id would be taken for the id.
        """
        keys: dict[str, bytes] = {}
        for number, entry in enumerate(text.split(","), start=1):
            key_id, key = _parse_entry(number, entry.strip())
            if key_id in keys:
                msg = f"{SETTING}: entry {number} has the id of an earlier one."
                raise ConfigurationError(msg)
            keys[key_id] = key
        return cls(keys)

    @staticmethod
    def generate_entry(key_id: str) -> str:
        """Make a new random key, as one entry for the setting.

        Raises:
            ConfigurationError: The id is not 1 to 32 of a-z, 0-9, _ and -.
        """
        if _KEY_ID.fullmatch(key_id) is None:
            msg = f"{SETTING}: an id is 1 to 32 of a-z, 0-9, _ and -."
            raise ConfigurationError(msg)
        return f"{key_id}:{b64encode(urandom(KEY_BYTES)).decode('ascii')}"

    @property
    def current_id(self) -> str:
        """Id of the key that `wrap` uses."""
        return self._current_id

    def has(self, key_id: str) -> bool:
        """Whether a key of this id is in the ring."""
        return key_id in self._ciphers

    def wrap(self, data_key: bytes, aad: bytes) -> bytes:
        """Encrypt a data key of 32 bytes under the current key: nonce, ciphertext, tag."""
        nonce = urandom(NONCE_BYTES)
        return nonce + self._ciphers[self._current_id].encrypt(nonce, data_key, aad)

    def unwrap(self, key_id: str, wrapped: bytes, aad: bytes) -> bytes:
        """Return the data key.

        Raises:
            SealKeyMissingError: No such key in the ring.
            SealError: Not what `wrap` made with this key and aad.
        """
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            # What is no id at all was damaged, and is not repeated.
            raise SealKeyMissingError(key_id) if _KEY_ID.fullmatch(key_id) else SealError
        try:
            return cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], aad)
        except InvalidTag as exc:
            raise SealError from exc

    def __repr__(self) -> str:
        return f"KeyRing({len(self._ciphers)} keys)"


def _parse_entry(number: int, entry: str) -> tuple[str, bytes]:
    key_id, colon, encoded = entry.partition(":")
    if not colon or _KEY_ID.fullmatch(key_id) is None:
        msg = f"{SETTING}: entry {number} is not {_FORM}; an id is 1 to 32 of a-z, 0-9, _ and -."
        raise ConfigurationError(msg)
    try:
        key = b64decode(encoded, validate=True)
    except ValueError as exc:
        msg = f"{SETTING}: the key of entry {number} is not base64."
        raise ConfigurationError(msg) from exc
    if len(key) != KEY_BYTES:
        msg = f"{SETTING}: the key of entry {number} has {len(key)} bytes; it needs {KEY_BYTES}."
        raise ConfigurationError(msg)
    return key_id, key

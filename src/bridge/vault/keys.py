"""What the vault needs of whoever holds the key-encryption keys: the seam for a key service.

`KeyRing` is the one that is there. A key service (KMS) takes its place with these four; what is
sealed stays as it is, since the format names keys by id and knows nothing else of them. They are
called on the event loop and inside transactions, so one that asks over the network keeps unwrapped
data keys at hand, or answers within milliseconds.
"""

from typing import Protocol

from bridge.errors import SealError


class SealKeyMissingError(SealError):
    """A sealed secret cannot be opened: its key is not in BRIDGE_VAULT_KEYS.

    Attributes:
        key_id: Of the key that is missing.
    """

    code = "seal-key-missing"

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        super().__init__(
            f"A sealed secret cannot be opened: its key '{key_id}' is not in BRIDGE_VAULT_KEYS."
        )


class KeyService(Protocol):
    """Wraps data keys under keys that it does not give away."""

    @property
    def current_id(self) -> str:
        """Id of the key that `wrap` uses: 1 to 32 of a-z, 0-9, _ and -."""
        ...

    def has(self, key_id: str) -> bool:
        """Whether `unwrap` can use this key."""
        ...

    def wrap(self, data_key: bytes, aad: bytes) -> bytes:
        """Encrypt a data key of 32 bytes, bound to ``aad``, into 60 bytes."""
        ...

    def unwrap(self, key_id: str, wrapped: bytes, aad: bytes) -> bytes:
        """Return the data key.

        Raises:
            SealKeyMissingError: There is no such key.
            SealError: Not what `wrap` made with this key and aad.
        """
        ...

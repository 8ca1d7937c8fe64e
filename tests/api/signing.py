"""Wallets that sign, as browsers' do."""

import secrets
from typing import Protocol

import base58
from Crypto.Hash import keccak
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from bridge.access.secp256k1 import ORDER, recover


class Signer(Protocol):
    """A wallet."""

    chain: str
    address: str

    def sign(self, message: str) -> str:
        """Return the signature, as the chain's wallets write it."""
        ...


class EvmSigner:
    """An Ethereum wallet (EIP-191)."""

    chain = "evm"

    def __init__(self) -> None:
        self._key = ec.derive_private_key(1 + secrets.randbelow(ORDER - 1), ec.SECP256K1())
        numbers = self._key.public_key().public_numbers()
        self._public = (numbers.x, numbers.y)
        packed = numbers.x.to_bytes(32) + numbers.y.to_bytes(32)
        self.address = "0x" + _keccak(packed)[-20:].hex()

    def sign(self, message: str) -> str:
        """Return 65 bytes as hex."""
        return evm_text(*self.parts(message))

    def parts(self, message: str) -> tuple[int, int, int]:
        """Return r, the lower s, and the parity of y."""
        data = message.encode()
        digest = _keccak(b"\x19Ethereum Signed Message:\n%d" % len(data) + data)
        signed = self._key.sign(digest, ec.ECDSA(Prehashed(SHA256())))
        r, s = decode_dss_signature(signed)
        s = min(s, ORDER - s)
        (parity,) = (each for each in (0, 1) if recover(digest, r, s, each) == self._public)
        return r, s, parity


class SolanaSigner:
    """A Solana wallet (ed25519)."""

    chain = "solana"

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        self.address = base58.b58encode(self._key.public_key().public_bytes_raw()).decode()

    def sign(self, message: str) -> str:
        """Return 64 bytes as base58."""
        return base58.b58encode(self._key.sign(message.encode())).decode()


def evm_text(r: int, s: int, parity: int) -> str:
    """Return a signature as wallets write it."""
    return "0x" + (r.to_bytes(32) + s.to_bytes(32) + bytes([27 + parity])).hex()


def _keccak(data: bytes) -> bytes:
    return keccak.new(data=data, digest_bits=256).digest()

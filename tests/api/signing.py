"""Wallets that sign, as browsers' do."""

import secrets
from typing import Protocol

import base58
from Crypto.Hash import keccak
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eth_keys.constants import SECPK1_N
from eth_keys.datatypes import PrivateKey


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
        self._key = PrivateKey((1 + secrets.randbelow(SECPK1_N - 1)).to_bytes(32))
        self.address = self._key.public_key.to_address()

    def sign(self, message: str) -> str:
        """Return 65 bytes as hex."""
        return evm_text(*self.parts(message))

    def parts(self, message: str) -> tuple[int, int, int]:
        """Return r, the lower s, and the parity of y."""
        signed = self._key.sign_msg_hash(evm_digest(message))
        return signed.r, signed.s, signed.v


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


def evm_digest(message: str) -> bytes:
    """Return what is signed for a message (EIP-191)."""
    data = message.encode()
    prefix = b"\x19Ethereum Signed Message:\n%d" % len(data)
    return keccak.new(data=prefix + data, digest_bits=256).digest()

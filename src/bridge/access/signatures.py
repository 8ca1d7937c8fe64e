"""Whether a wallet has signed a message. Pure: no chain is asked.

So only keys can log in. A contract's wallet signs by its code (EIP-1271), which only its chain can
judge.
"""

import re
from typing import Final

import base58
from Crypto.Hash import keccak
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from eth_keys.backends.native.main import NativeECCBackend
from eth_keys.constants import SECPK1_N
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_keys.main import KeyAPI

from bridge.wallets.addresses import Chain

# Bounded before decoding, which is quadratic in length.
_BASE58: Final = re.compile("[1-9A-HJ-NP-Za-km-z]{64,88}")
_HEX: Final = re.compile("(0[xX])?[0-9a-fA-F]{130}")
_SOLANA_BYTES: Final = 64
# Named, for another one is taken when its library happens to be installed.
_KEYS: Final = KeyAPI(NativeECCBackend())
# Of the two s that fit only the lower is taken (https://eips.ethereum.org/EIPS/eip-2), so that no
# signature can be changed into another valid one.
_HIGHEST_S: Final = SECPK1_N // 2
# Of the last byte: older wallets count from 27 (EIP-191's predecessors), newer ones from 0.
_PARITY: Final = {0: 0, 1: 1, 27: 0, 28: 1}
# Keys of small order, the sign bit left out: for these, signatures can be made up. Nobody has such
# a key, but the address of a program may be one, such as 32 zero bytes.
_SMALL_ORDER: Final = frozenset(
    bytes.fromhex(text)
    for text in (
        "0000000000000000 0000000000000000 0000000000000000 0000000000000000",
        "0100000000000000 0000000000000000 0000000000000000 0000000000000000",
        "26e8958fc2b227b0 45c3f489f2ef98f0 d5dfac05d3c63339 b13802886d53fc05",
        "c7176a703d4dd84f ba3c0b760d10670f 2a2053fa2c39ccc6 4ec7fd7792ac037a",
        "ecffffffffffffff ffffffffffffffff ffffffffffffffff ffffffffffffff7f",
        "edffffffffffffff ffffffffffffffff ffffffffffffffff ffffffffffffff7f",
        "eeffffffffffffff ffffffffffffffff ffffffffffffffff ffffffffffffff7f",
    )
)


def has_signed(chain: Chain, address: str, message: str, signature: str) -> bool:
    """Whether the key of this address made this signature of exactly these bytes."""
    if chain == "evm":
        return _has_signed_evm(address, message.encode(), signature)
    return _has_signed_solana(address, message.encode(), signature)


def _has_signed_evm(address: str, message: bytes, signature: str) -> bool:
    """Judge a signature of ``personal_sign`` (https://eips.ethereum.org/EIPS/eip-191)."""
    if _HEX.fullmatch(signature) is None:
        return False
    parts = bytes.fromhex(signature[-130:])
    parity = _PARITY.get(parts[64])
    if parity is None:
        return False
    r, s = int.from_bytes(parts[:32]), int.from_bytes(parts[32:64])
    if s > _HIGHEST_S:
        return False
    prefix = b"\x19Ethereum Signed Message:\n%d" % len(message)
    try:
        key = _KEYS.ecdsa_recover(_keccak(prefix + message), Signature(vrs=(parity, r, s)))
    except BadSignature:
        return False
    return key.to_address() == address.lower()


def _has_signed_solana(address: str, message: bytes, signature: str) -> bool:
    if _BASE58.fullmatch(signature) is None:
        return False
    key, signed = base58.b58decode(address), base58.b58decode(signature)
    if len(signed) != _SOLANA_BYTES or _without_sign(key) in _SMALL_ORDER:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signed, message)
    except (ValueError, InvalidSignature):
        return False
    return True


def _without_sign(key: bytes) -> bytes:
    return key[:-1] + bytes([key[-1] & 0x7F])


def _keccak(data: bytes) -> bytes:
    return keccak.new(data=data, digest_bits=256).digest()

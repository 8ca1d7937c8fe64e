"""Signatures: those of other libraries are taken, and nothing that was made up."""

import json
from pathlib import Path
from typing import NamedTuple

import base58
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bridge.access.secp256k1 import ORDER, recover
from bridge.access.signatures import has_signed
from bridge.wallets.addresses import Chain

# Made by eth-account, ethers and tweetnacl, from keys that everybody knows.
_FILE = Path(__file__).with_name("signed_by_others.jsonl")
_IDENTITY = bytes([1]) + bytes(31)


class Signed(NamedTuple):
    by: str
    chain: Chain
    address: str
    message: str
    signature: str


_SIGNED = [Signed(**json.loads(line)) for line in _FILE.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("signed", _SIGNED)
def test_signature_of_another_library_is_taken(signed: Signed) -> None:
    assert has_signed(signed.chain, signed.address, signed.message, signed.signature)


@pytest.mark.parametrize("signed", _SIGNED)
def test_signature_of_another_text_is_not(signed: Signed) -> None:
    assert not has_signed(signed.chain, signed.address, signed.message + " ", signed.signature)


def test_signatures_are_of_every_library_and_chain() -> None:
    kinds = {(signed.by.split()[0], signed.chain) for signed in _SIGNED}

    assert kinds == {("eth-account", "evm"), ("ethers", "evm"), ("tweetnacl", "solana")}


@pytest.mark.parametrize("last", ["00", "01"])
def test_parity_may_be_counted_from_zero(last: str) -> None:
    evm = [signed for signed in _SIGNED if signed.chain == "evm"]
    taken = [
        signed.signature.endswith({"00": "1b", "01": "1c"}[last])
        for signed in evm
        if has_signed("evm", signed.address, signed.message, signed.signature[:-2] + last)
    ]

    assert taken
    assert all(taken)


@pytest.mark.parametrize(
    ("r", "s", "parity"),
    [
        (0, 1, 0),
        (1, 0, 0),
        (ORDER, 1, 0),
        (1, ORDER, 0),
        (1, ORDER // 2 + 1, 0),
        (1, 1, 2),
        (1, 1, -1),
        (5, 1, 0),  # no point of the curve has this x
    ],
)
def test_numbers_that_are_no_signature_have_no_key(r: int, s: int, parity: int) -> None:
    assert recover(b"\1" * 32, r, s, parity) is None


def test_points_that_cancel_each_other_out_have_no_key() -> None:
    """With R = G, s = z: the key would be the point at infinity."""
    x = 0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798

    assert recover((7).to_bytes(32), x, 7, 0) is None


@pytest.mark.parametrize("sign_bit", [0, 0x80])
def test_key_of_small_order_signs_nothing(sign_bit: int) -> None:
    """For the neutral point this signature fits every message, as the library itself says."""
    key = _IDENTITY[:-1] + bytes([sign_bit])
    made_up = _IDENTITY + bytes(32)
    if not sign_bit:
        Ed25519PublicKey.from_public_bytes(key).verify(made_up, b"anything")

    signature = base58.b58encode(made_up).decode()

    assert not has_signed("solana", base58.b58encode(key).decode(), "anything", signature)

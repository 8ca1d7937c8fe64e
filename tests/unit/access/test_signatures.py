"""Signatures: those of other libraries are taken, and nothing that was made up."""

import json
from pathlib import Path
from typing import NamedTuple

import base58
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from eth_keys.constants import SECPK1_N
from tests.api.signing import EvmSigner, evm_digest, evm_text

from bridge.access.signatures import has_signed
from bridge.wallets.addresses import Chain

# Made by eth-account, ethers and tweetnacl, from keys that everybody knows.
_FILE = Path(__file__).with_name("signed_by_others.jsonl")
_IDENTITY = bytes([1]) + bytes(31)
_GENERATOR_X = 0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798
_MAGIC_OF_ERC_6492 = "6492" * 16


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
    ("r", "s"),
    [
        (0, 1),
        (1, 0),
        (SECPK1_N, 1),
        (1, SECPK1_N),
        (2**256 - 1, 1),
        (5, 1),  # no point of the curve has this x
    ],
)
def test_numbers_that_are_no_signature_are_nobodys(r: int, s: int) -> None:
    for parity in (0, 1):
        assert not has_signed("evm", EvmSigner().address, "anything", evm_text(r, s, parity))


def test_points_that_cancel_each_other_out_have_no_key() -> None:
    """With R = G, s = the hash: the key would be the point at infinity."""
    hashed = {text: int.from_bytes(evm_digest(text)) for text in map(str, range(99))}
    message = next(text for text, number in hashed.items() if number <= SECPK1_N // 2)

    made_up = evm_text(_GENERATOR_X, hashed[message], 0)

    assert not has_signed("evm", EvmSigner().address, message, made_up)


def test_other_s_that_fits_is_refused() -> None:
    signer = EvmSigner()
    r, s, parity = signer.parts("anything")

    assert has_signed("evm", signer.address, "anything", evm_text(r, s, parity))
    assert not has_signed("evm", signer.address, "anything", evm_text(r, SECPK1_N - s, 1 - parity))


@pytest.mark.parametrize("last", [2, 26, 29, 30, 31, 35, 37, 255])
def test_parity_is_counted_from_0_or_27_only(last: int) -> None:
    signer = EvmSigner()
    signature = signer.sign("anything")

    assert has_signed("evm", signer.address, "anything", signature)
    assert not has_signed("evm", signer.address, "anything", f"{signature[:-2]}{last:02x}")


def test_only_65_bytes_are_a_signature() -> None:
    """Not the compact form (EIP-2098), nor what wraps a contract's (ERC-1271, ERC-6492)."""
    signer = EvmSigner()
    signature = signer.sign("anything")
    r, s, parity = signer.parts("anything")
    compact = (r.to_bytes(32) + (parity << 255 | s).to_bytes(32)).hex()

    for other in (
        "0x" + compact,
        signature + "00",
        signature + _MAGIC_OF_ERC_6492,
        "0x" + "00" * 96 + signature[2:],
        signature[:-2],
        "0x",
        "0x0" + signature[2:],
        signature.replace("0x", "0b"),
        "\u0660" + signature[1:],
    ):
        assert not has_signed("evm", signer.address, "anything", other), other


@pytest.mark.parametrize("sign_bit", [0, 0x80])
def test_key_of_small_order_signs_nothing(sign_bit: int) -> None:
    """For the neutral point this signature fits every message, as the library itself says."""
    key = _IDENTITY[:-1] + bytes([sign_bit])
    made_up = _IDENTITY + bytes(32)
    if not sign_bit:
        Ed25519PublicKey.from_public_bytes(key).verify(made_up, b"anything")

    signature = base58.b58encode(made_up).decode()

    assert not has_signed("solana", base58.b58encode(key).decode(), "anything", signature)

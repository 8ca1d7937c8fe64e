"""What a wallet address is, on the chains that the bridge knows. Pure: no chain is asked.

An address is stored as it was sent, without blanks around it and with a small ``0x``. It is found
by `address_key`, its lower-case form, which is unique over all clients, so that a look-up works in
any letter case. On EVM both forms mean the same account. On Solana letter case matters: two
addresses may share one lower-case form. Finding two such for real takes a search over 2**100 keys
or so, and the second one would be refused as taken: the price of a look-up in any case, and the
safe side of it, for a look-up never gives another client's account. What is signed or paid is
always judged by the address as stored.
"""

import re
from typing import Final, Literal

import base58
from Crypto.Hash import keccak

from bridge.errors import FieldError, RuleError

Chain = Literal["evm", "solana"]

SOLANA_BYTES: Final = 32
_EVM: Final = re.compile("0[xX][0-9a-fA-F]{40}")
# 32 bytes are 32 (all zero) to 44 digits. Bounded before decoding, which is quadratic in length.
_SOLANA: Final = re.compile("[1-9A-HJ-NP-Za-km-z]{32,44}")
_SOLANA_IN_ANY_CASE: Final = re.compile("[1-9A-Za-z]{32,44}")


class AddressError(RuleError):
    """This is not a wallet address.

    Attributes:
        message: One sentence part, without the address, such as "must be ...".
    """

    def __init__(self, field: str, message: str) -> None:
        self.message = message
        super().__init__(FieldError(field, message))


def parse_chain(text: str, field: str = "chain") -> Chain:
    """Return the chain, whatever the letter case and the blanks around it.

    Raises:
        RuleError: No chain that the bridge knows.
    """
    match text.strip().lower():
        case "evm":
            return "evm"
        case "solana":
            return "solana"
        case _:
            raise RuleError(FieldError(field, "must be evm or solana"))


def parse_address(chain: Chain, text: str, field: str = "address") -> str:
    """Return the address as it is stored: as sent, trimmed, an EVM prefix as ``0x``.

    Raises:
        AddressError: Not an address of this chain; the field is the one given.
    """
    trimmed = text.strip()
    problem = _evm_problem(trimmed) if chain == "evm" else _solana_problem(trimmed)
    if problem is not None:
        raise AddressError(field, problem)
    return f"0x{trimmed[2:]}" if chain == "evm" else trimmed


def address_key(text: str) -> str:
    """Return the form by which an address is unique and looked up: trimmed and lower case."""
    return text.strip().lower()


def checksummed(address: str) -> str:
    """Return an EVM address as EIP-55 writes it."""
    return f"0x{_checksummed(address[2:].lower())}"


def looks_like_wallet(text: str) -> bool:
    """Whether it is worth looking this up, by its shape alone and in any letter case.

    A Solana address whose letters were folded is no base58 any more, so it is not decoded here.
    """
    trimmed = text.strip()
    return bool(_EVM.fullmatch(trimmed) or _SOLANA_IN_ANY_CASE.fullmatch(trimmed))


def _evm_problem(address: str) -> str | None:
    if _EVM.fullmatch(address) is None:
        return "must be 0x and 40 hex digits"
    digits = address[2:]
    if digits in (digits.lower(), digits.upper()):
        return None
    if digits != _checksummed(digits.lower()):
        return "has a wrong EIP-55 checksum: a letter is mistyped, or its case was changed"
    return None


def _checksummed(digits: str) -> str:
    """Set the letter case as EIP-55 says (https://eips.ethereum.org/EIPS/eip-55)."""
    digest = keccak.new(data=digits.encode("ascii"), digest_bits=256).hexdigest()
    return "".join(
        digit.upper() if nibble in "89abcdef" else digit
        for digit, nibble in zip(digits, digest, strict=False)
    )


def _solana_problem(address: str) -> str | None:
    if _SOLANA.fullmatch(address) is None:
        return "must be a Solana address: 32 to 44 base58 characters"
    if len(base58.b58decode(address)) != SOLANA_BYTES:
        return "must be a Solana address: base58 of exactly 32 bytes"
    return None

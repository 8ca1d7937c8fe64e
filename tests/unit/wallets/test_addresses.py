import base58
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import FieldError, RuleError
from bridge.wallets.addresses import (
    AddressError,
    Chain,
    address_key,
    looks_like_wallet,
    parse_address,
    parse_chain,
)

# From EIP-55 itself.
CHECKSUMMED = [
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0xde709f2102306220921060314715629080e2fb77",
]
SOLANA = "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM"
ZEROS = "1" * 32

EVM_FORM = "must be 0x and 40 hex digits"
EVM_CHECKSUM = "has a wrong EIP-55 checksum: a letter is mistyped, or its case was changed"
SOLANA_FORM = "must be a Solana address: 32 to 44 base58 characters"
SOLANA_LENGTH = "must be a Solana address: base58 of exactly 32 bytes"


@pytest.mark.parametrize("address", CHECKSUMMED)
def test_evm_address_is_stored_as_sent(address: str) -> None:
    for sent in (address, address.lower(), f"0x{address[2:].upper()}"):
        assert parse_address("evm", f" {sent}\n") == sent


def test_evm_prefix_is_stored_small() -> None:
    assert parse_address("evm", f"0X{CHECKSUMMED[0][2:]}") == CHECKSUMMED[0]


@given(st.binary(min_size=20, max_size=20), st.data())
def test_one_letter_of_the_wrong_case_breaks_the_checksum(raw: bytes, data: st.DataObject) -> None:
    right = CHECKSUMMED[data.draw(st.integers(0, 3))]
    letters = [index for index, char in enumerate(right) if char.isalpha() and index > 1]
    index = data.draw(st.sampled_from(letters))
    wrong = right[:index] + right[index].swapcase() + right[index + 1 :]

    with pytest.raises(AddressError) as caught:
        parse_address("evm", wrong)

    assert caught.value.message == EVM_CHECKSUM
    assert parse_address("evm", f"0x{raw.hex()}") == f"0x{raw.hex()}"


def test_mistyped_letter_breaks_the_checksum() -> None:
    with pytest.raises(AddressError, match="checksum"):
        parse_address("evm", CHECKSUMMED[0].replace("5aAeb", "5aAec"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        CHECKSUMMED[0][:-1],
        CHECKSUMMED[0] + "0",
        CHECKSUMMED[0][2:],
        "0x" + "g" * 40,
        "0x" + "0" * 39 + "\uff10",
        "0x" + "0" * 39 + "\x00",
        "0x " + "0" * 39,
        SOLANA,
        "0x" + "0" * 10_000_000,
    ],
    ids=lambda text: ascii(text[:50]),
)
def test_what_is_no_evm_address_is_refused(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_address("evm", text, "wallets[1].address")

    assert caught.value.errors == (FieldError("wallets[1].address", EVM_FORM),)


@given(st.binary(min_size=32, max_size=32))
def test_any_32_bytes_in_base58_are_a_solana_address(raw: bytes) -> None:
    address = base58.b58encode(raw).decode()

    assert parse_address("solana", f"\t{address} ") == address
    assert looks_like_wallet(address)
    assert looks_like_wallet(address.lower())
    assert looks_like_wallet(address.upper())


@pytest.mark.parametrize("address", [SOLANA, ZEROS, base58.b58encode(b"\xff" * 32).decode()])
def test_known_solana_addresses(address: str) -> None:
    assert parse_address("solana", address) == address


@given(st.binary(max_size=48).filter(lambda raw: len(raw) != 32))
def test_base58_of_another_length_is_no_solana_address(raw: bytes) -> None:
    with pytest.raises(AddressError) as caught:
        parse_address("solana", base58.b58encode(raw).decode())

    assert caught.value.message in {SOLANA_FORM, SOLANA_LENGTH}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", SOLANA_FORM),
        (ZEROS[:-1], SOLANA_FORM),
        ("1" * 45, SOLANA_FORM),
        ("1" * 33, SOLANA_LENGTH),
        ("z" * 44, SOLANA_LENGTH),
        (SOLANA[:40], SOLANA_LENGTH),
        (SOLANA[:-1] + "0", SOLANA_FORM),
        (SOLANA[:-1] + "O", SOLANA_FORM),
        (SOLANA[:-1] + "I", SOLANA_FORM),
        (SOLANA[:-1] + "l", SOLANA_FORM),
        (SOLANA[:-1] + "é", SOLANA_FORM),
        (SOLANA[:-1] + "\x00", SOLANA_FORM),
        (f"{SOLANA[:20]} {SOLANA[20:]}", SOLANA_FORM),
        (CHECKSUMMED[0], SOLANA_FORM),
        # Decoding this would take minutes: the length is looked at first.
        ("2" * 10_000_000, SOLANA_FORM),
    ],
    ids=lambda text: ascii(text[:50]),
)
def test_what_is_no_solana_address_is_refused(text: str, message: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_address("solana", text)

    assert caught.value.errors == (FieldError("address", message),)
    assert caught.value.detail == f"address: {message}"


@pytest.mark.parametrize(
    ("text", "chain"),
    [("evm", "evm"), ("EVM", "evm"), (" Solana ", "solana"), ("SOLANA", "solana")],
)
def test_chain_is_folded(text: str, chain: Chain) -> None:
    assert parse_chain(text) == chain


@pytest.mark.parametrize(
    "text", ["", "bitcoin", "evm\x00", "ethereum", "\u017folana", "evm,solana"]
)
def test_unknown_chain_is_refused(text: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_chain(text, "wallets[0].chain")

    assert caught.value.errors == (FieldError("wallets[0].chain", "must be evm or solana"),)


def test_key_is_the_same_in_any_letter_case() -> None:
    for address in (*CHECKSUMMED, SOLANA):
        assert address_key(address.upper()) == address_key(f" {address} ") == address.lower()


@given(st.sampled_from(["evm", "solana"]), st.text(max_size=60))
def test_whatever_is_stored_has_the_key_that_the_database_computes(chain: Chain, text: str) -> None:
    """ASCII only, so that Python's lower() and PostgreSQL's agree."""
    try:
        address = parse_address(chain, text)
    except AddressError:
        return

    assert address.isascii()
    assert address_key(address) == address.lower()


@pytest.mark.parametrize("address", [*CHECKSUMMED, SOLANA, ZEROS])
def test_addresses_look_like_wallets_in_any_case(address: str) -> None:
    for form in (address, address.lower(), address.upper(), f" {address}\n"):
        assert looks_like_wallet(form)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        "x" * 31,
        "x" * 45,
        "0" * 40,
        "0x" + "g" * 40,
        "é" * 40,
        "x" * 32 + "\x00",
        "by-wallet",
        "x" * 20 + "/" + "x" * 20,
    ],
    ids=ascii,
)
def test_other_texts_do_not(text: str) -> None:
    assert not looks_like_wallet(text)

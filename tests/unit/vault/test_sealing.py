import traceback
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import ConfigurationError, SealError
from bridge.vault.keyring import KeyRing
from bridge.vault.keys import SealKeyMissingError
from bridge.vault.sealing import Place, Vault

PLACE = Place("connectors", UUID(int=1), UUID(int=2), "sealed_credentials")
CANARY = b"canary-7f3e91"
KEY = bytes(range(32))
VAULT = Vault(KeyRing({"k1": KEY}))


class CarelessRing(KeyRing):
    """A key service that ignores what a data key is bound to."""

    def wrap(self, data_key: bytes, aad: bytes) -> bytes:
        return super().wrap(data_key, aad[:0])

    def unwrap(self, key_id: str, wrapped: bytes, aad: bytes) -> bytes:
        return super().unwrap(key_id, wrapped, aad[:0])


class ForgetfulRing(KeyRing):
    """A key service that wraps under a key which it then does not have."""

    def unwrap(self, key_id: str, wrapped: bytes, aad: bytes) -> bytes:
        return super().unwrap(f"not-{key_id}", wrapped, aad)


def refused(sealed: bytes, place: Place = PLACE, vault: Vault = VAULT) -> SealError:
    with pytest.raises(SealError) as caught:
        vault.open(sealed, place)
    told = "".join(traceback.format_exception(caught.value))
    assert CANARY.decode() not in told.replace(__file__, "")
    return caught.value


@given(st.binary(max_size=2000))
def test_what_was_sealed_opens_in_its_place(plaintext: bytes) -> None:
    sealed = VAULT.seal(plaintext, PLACE)

    assert VAULT.open(sealed, PLACE) == plaintext
    assert len(sealed) == len(plaintext) + 90 + len("k1")


def test_format_is_the_documented_one() -> None:
    sealed = VAULT.seal(CANARY, PLACE)

    assert sealed[:4] == b"\x01\x02k1"
    assert CANARY not in sealed
    assert KEY not in sealed


# Sealed by the first release, by the code that this test now holds to its format.
STORED = bytes.fromhex(
    "01026b313b604f085ed76835da8b453532955724a60381fae911723edea0d467602a7b08ff93a7b2f4c46fc2"
    "aab39b63816e859130bf8df36f7930fd241e6cd8fa3cc76f6cad748de3a9e45e28d3609426a0f8e5b0da4107"
    "d9786bda69b5095bbbbfc7068cd8827eeb"
)


def test_secrets_that_are_stored_already_still_open() -> None:
    assert VAULT.open(STORED, PLACE) == CANARY


def test_each_seal_is_new_in_every_part() -> None:
    """Neither nonce, nor data key, nor content repeats."""
    one, other = VAULT.seal(CANARY, PLACE), VAULT.seal(CANARY, PLACE)

    assert one[4:16] != other[4:16]
    assert one[16:64] != other[16:64]
    assert one[64:76] != other[64:76]
    assert one[76:] != other[76:]


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(PLACE, table="wallets"),
        replace(PLACE, client_id=UUID(int=3)),
        replace(PLACE, row_id=UUID(int=3)),
        replace(PLACE, column="memo"),
        replace(PLACE, client_id=PLACE.row_id, row_id=PLACE.client_id),
        replace(PLACE, table="connector", column="ssealed_credentials"),
        replace(PLACE, table=PLACE.column, column=PLACE.table),
    ],
    ids=["table", "client", "row", "column", "swapped ids", "shifted text", "swapped names"],
)
def test_moved_elsewhere_it_is_refused(elsewhere: Place) -> None:
    refused(VAULT.seal(CANARY, PLACE), elsewhere)


def test_neither_layer_can_be_moved_alone() -> None:
    """Wrapped keys and contents of two rows, exchanged, do not open anywhere."""
    other_place = replace(PLACE, row_id=UUID(int=9))
    here, there = VAULT.seal(CANARY, PLACE), VAULT.seal(CANARY, other_place)

    mixed = here[:64] + there[64:]
    refused(mixed)
    refused(mixed, other_place)
    assert VAULT.open(here, PLACE) == CANARY


def test_content_is_bound_to_its_place_even_when_its_data_key_is_not() -> None:
    vault = Vault(CarelessRing({"k1": KEY}))
    sealed = vault.seal(CANARY, PLACE)

    assert vault.open(sealed, PLACE) == CANARY
    refused(sealed, replace(PLACE, row_id=UUID(int=9)), vault)


def test_every_flipped_bit_is_refused() -> None:
    sealed = VAULT.seal(CANARY, PLACE)

    for index in range(len(sealed)):
        for bit in range(8):
            damaged = bytearray(sealed)
            damaged[index] ^= 1 << bit
            refused(bytes(damaged))


def test_every_truncation_and_any_addition_is_refused() -> None:
    sealed = VAULT.seal(CANARY, PLACE)

    for length in range(len(sealed)):
        refused(sealed[:length])
        refused(sealed[-length:] if length else b"")
    refused(sealed + b"\0")


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_refused(sealed: bytes) -> None:
    refused(sealed)
    refused(b"\x01\x02k1" + sealed)


def test_other_key_of_the_same_id_is_refused() -> None:
    refused(VAULT.seal(CANARY, PLACE), vault=Vault(KeyRing({"k1": bytes(32)})))


def test_same_key_under_another_id_is_refused() -> None:
    """The wrapped key is bound to the key id, not only to the key."""
    sealed = VAULT.seal(CANARY, PLACE)

    refused(sealed.replace(b"k1", b"k2", 1), vault=Vault(KeyRing({"k1": KEY, "k2": KEY})))


def test_missing_key_is_told_apart_for_the_operator() -> None:
    error = refused(VAULT.seal(CANARY, PLACE), vault=Vault(KeyRing({"k2": KEY})))

    assert isinstance(error, SealKeyMissingError)
    assert error.key_id == "k1"
    assert error.detail.endswith("its key 'k1' is not in BRIDGE_VAULT_KEYS.")


def test_key_id_that_is_none_is_not_repeated() -> None:
    sealed = VAULT.seal(CANARY, PLACE).replace(b"k1", b"K\n", 1)

    assert not isinstance(refused(sealed), SealKeyMissingError)


def test_rewrapped_secret_opens_with_the_new_key_alone_and_its_content_is_the_same() -> None:
    old = VAULT.seal(CANARY, PLACE)
    both = Vault(KeyRing({"key-2": bytes(32), "k1": KEY}))

    new = both.rewrap(old, PLACE)

    assert Vault(KeyRing({"key-2": bytes(32)})).open(new, PLACE) == CANARY
    assert new.startswith(both.head)
    assert new[-len(old) + 64 :] == old[64:]
    assert both.rewrap(new, PLACE)[:7] == new[:7]


def test_secret_that_was_moved_is_not_rewrapped() -> None:
    """Else a rotation would make a stolen ciphertext at home in its new place."""
    both = Vault(KeyRing({"k2": bytes(32), "k1": KEY}))
    sealed = VAULT.seal(CANARY, PLACE)

    for elsewhere in (
        replace(PLACE, table="wallets"),
        replace(PLACE, client_id=UUID(int=3)),
        replace(PLACE, row_id=UUID(int=3)),
        replace(PLACE, column="memo"),
    ):
        with pytest.raises(SealError):
            both.rewrap(sealed, elsewhere)


def test_self_test_finds_keys_that_do_not_open_what_they_seal() -> None:
    VAULT.prove()
    Vault(CarelessRing({"k1": KEY})).prove()

    with pytest.raises(ConfigurationError, match="self-test"):
        Vault(ForgetfulRing({"k1": KEY})).prove()


def test_after_a_change_of_keys_old_secrets_open_and_new_ones_use_the_new_key() -> None:
    old = VAULT.seal(CANARY, PLACE)
    changed = Vault(KeyRing({"k2": bytes(32), "k1": KEY}))

    assert changed.open(old, PLACE) == CANARY
    assert changed.seal(CANARY, PLACE)[:4] == b"\x01\x02k2"


def test_repr_shows_no_key() -> None:
    assert repr(KEY) not in repr(VAULT)
    assert "KeyRing" not in repr(VAULT)
